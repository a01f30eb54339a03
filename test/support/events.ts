import type { IncomingEvent } from '../../src/crewai/event.ts';

/** Some moment; times of made-up events count in milliseconds from here. */
export const EPOCH = Date.UTC(2026, 10, 23) * 1000;

export interface MadeEvent {
  /** Milliseconds after `EPOCH`. */
  readonly at: number;
  readonly execution?: string;
  readonly parent?: string | undefined;
  readonly started?: string | undefined;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** An event as 1.15 sends it, with ids in `data`. */
export function event(
  id: string,
  type: string,
  { at, execution = 'run', parent, started, data }: MadeEvent,
): IncomingEvent {
  return {
    id,
    executionId: execution,
    type,
    time: EPOCH + at * 1000,
    data: { event_id: id, parent_event_id: parent ?? null, started_event_id: started ?? null, ...data },
  };
}
