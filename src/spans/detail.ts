/** What is kept of an event until its span is built: small, already bounded, and without its `data`. */
import type { Fault } from './read-fault.ts';
import { NO_VALUES, type SheetValues } from './sheet.ts';

/** A span event, but for its time. */
export interface DescribedEvent {
  readonly name: string;
  readonly values: SheetValues;
}

export interface EventDetail {
  /** What the span's name may say after its first word. */
  readonly target: string | undefined;
  /**
   * First the attributes that either event of an operation may give; of these the start's count. From `results` on those
   * that only an end gives; they count before all others.
   */
  readonly values: SheetValues;
  readonly results: number;
  /** Of an end (or of a mark that speaks of its operation's failure). */
  readonly fault: Fault | undefined;
  /** Of a mark: itself. Of an end: what it reports besides. */
  readonly events: readonly DescribedEvent[];
}

export const NO_EVENTS: readonly DescribedEvent[] = [];

/** For what gives nothing to any span; shared, so that thousands of them cost nothing. */
export const EMPTY_DETAIL: EventDetail = {
  target: undefined,
  values: NO_VALUES,
  results: 0,
  fault: undefined,
  events: NO_EVENTS,
};
