/** Makes a recorded run look as if it had just happened: so that it can be sent again and found by its time. */
import { randomUUID } from 'node:crypto';
import { asObject, asText, field } from '../crewai/readers.ts';
import { jsonText } from '../json-text.ts';

export interface Rebased {
  /** JSON texts. */
  readonly events: readonly string[];
  /** The new id of each execution, by the recorded one. */
  readonly executions: ReadonlyMap<string, string>;
}

/**
 * Gives every execution in `events` (JSON texts) a new id, and moves all times so that the last event happened `now`
 * (milliseconds since the Unix epoch). Nothing else is touched: whether something is an event is the receiver's business.
 */
export function rebase(events: readonly string[], now: number): Rebased {
  const recorded = events.map(text => JSON.parse(text) as unknown);
  const times = recorded.map(event => timeOf(field(event, 'timestamp'))).filter(time => !Number.isNaN(time));
  const last = times.reduce((latest, time) => Math.max(latest, time), Number.NEGATIVE_INFINITY);
  const ids = new Map<string, string>();
  const renamed = (id: unknown): unknown => {
    const name = asText(id);
    if (name === undefined) return id;
    const fresh = ids.get(name) ?? randomUUID();
    ids.set(name, fresh);
    return fresh;
  };
  const moved = recorded.map(value => {
    const event = asObject(value);
    if (event === undefined) return jsonText(value);
    const { execution_id, timestamp } = event;
    return jsonText({
      ...event,
      execution_id: renamed(execution_id),
      timestamp: later(timestamp, now - last),
    });
  });
  return { events: moved, executions: ids };
}

function timeOf(timestamp: unknown): number {
  return Date.parse(asText(timestamp) ?? '');
}

/** Keeps the microseconds, which Date does not. */
function later(timestamp: unknown, byMs: number): unknown {
  const time = timeOf(timestamp);
  if (Number.isNaN(time)) return timestamp;
  const micros = /\.\d{3}(\d{1,3})/.exec(String(timestamp))?.[1] ?? '';
  return new Date(time + byMs).toISOString().replace('Z', `${micros}Z`);
}
