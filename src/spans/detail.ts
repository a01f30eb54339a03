/** What is kept of an event until its span is built: small, already bounded, and without its `data`. */
import { NO_VALUES, type SheetValues } from './sheet.ts';
import type { Fault } from './status.ts';

/** A span event, but for its time. */
export interface DescribedEvent {
  readonly name: string;
  readonly values: SheetValues;
}

export interface EventDetail {
  /** What the span's name may say after its first word. */
  readonly target: string | undefined;
  /** Attributes that either event of an operation may give; the start's count. */
  readonly about: SheetValues;
  /** Attributes that only an end gives; they count before all others. */
  readonly result: SheetValues;
  /** Of an end (or of a mark that speaks of its operation's failure). */
  readonly fault: Fault | undefined;
  /** Of a mark: itself. Of an end: what it reports besides. */
  readonly events: readonly DescribedEvent[];
}

export const NO_EVENTS: readonly DescribedEvent[] = [];

/** For what gives nothing to any span; shared, so that thousands of them cost nothing. */
export const EMPTY_DETAIL: EventDetail = {
  target: undefined,
  about: NO_VALUES,
  result: NO_VALUES,
  fault: undefined,
  events: NO_EVENTS,
};
