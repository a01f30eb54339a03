/** What delivery tells of itself: the present trouble, events for metrics, and the log. */
import type { OutboxEntry } from '../journal/journal.ts';
import { type PlainLog, rateLimited } from '../log.ts';
import type { Clock } from './clock.ts';
import { SPAN_SPAN_ID, SPAN_TRACE_ID } from './otlp-fields.ts';
import type { BackendFault, PayloadFault } from './transport.ts';
import { contentOf, cursorOver, lengthDelimitedFields } from './wire.ts';

export type DeliveryEvent =
  | { readonly type: 'delivered'; readonly spans: number }
  /** Refused by `partial_success`: gone, as the specification wants it. */
  | { readonly type: 'rejected'; readonly spans: number }
  | { readonly type: 'buried'; readonly spans: number; readonly cause: string }
  /** An export failed and was, or will be, made again. */
  | { readonly type: 'retry'; readonly spans: number; readonly cause: string };

/** Called for each event, in order; must not throw. */
export type DeliveryObserver = (event: DeliveryEvent) => void;

/** Stands until the backend takes something. Times in milliseconds since the Unix epoch. */
export interface DeliveryTrouble {
  readonly cause: string;
  readonly message: string;
  /** The last failure. */
  readonly at: number;
  /** The first one since the backend last took something, of whatever cause. */
  readonly since: number;
}

export interface Recorder {
  readonly trouble: DeliveryTrouble | undefined;
  delivered(spans: number): void;
  rejected(spans: number, message: string): void;
  warned(message: string): void;
  failed(fault: BackendFault, spans: number, retryInMs: number): void;
  refused(fault: PayloadFault, entry: OutboxEntry): void;
  buried(fault: PayloadFault, entry: OutboxEntry): void;
  /** Something on this side failed, and is tried again. */
  broke(what: 'JOURNAL' | 'INTERNAL', error: unknown): void;
}

export interface RecorderParts {
  readonly log: PlainLog;
  readonly clock: Clock;
  readonly observe: DeliveryObserver;
}

/** A backend that fails does so over and over: each cause is logged at most once in so many milliseconds. */
const REPEATS_LOGGED_EVERY_MS = 30_000;

export function createRecorder({ log, clock, observe }: RecorderParts): Recorder {
  const quietLog = () => rateLimited(log, REPEATS_LOGGED_EVERY_MS, () => clock.now());
  let say = quietLog();
  let freshSince = Number.NEGATIVE_INFINITY;
  let trouble: DeliveryTrouble | undefined;

  function noteTrouble({ cause, message }: BackendFault | PayloadFault): void {
    const at = clock.now();
    trouble = { cause, message, at, since: trouble?.since ?? at };
  }

  /** What comes next is news, of whatever cause. Seldom, or a backend that takes every other request is logged with each. */
  function startAfresh(): void {
    if (clock.now() - freshSince < REPEATS_LOGGED_EVERY_MS) return;
    freshSince = clock.now();
    say = quietLog();
  }

  return {
    get trouble() {
      return trouble;
    },
    delivered(spans) {
      observe({ type: 'delivered', spans });
      if (trouble === undefined) return;
      say('RECOVERED', { cause: trouble.cause, spans }, 'the backend takes spans again', 'info');
      trouble = undefined;
      startAfresh();
    },
    rejected(spans, message) {
      observe({ type: 'rejected', spans });
      const cause = 'PARTIAL_SUCCESS';
      say(cause, { cause, spans }, `the backend refused some spans for good: ${message}`);
    },
    warned(message) {
      const cause = 'WARNING';
      say(cause, { cause }, `the backend took the spans with a warning: ${message}`);
    },
    failed(fault, spans, retryInMs) {
      noteTrouble(fault);
      observe({ type: 'retry', spans, cause: fault.cause });
      const fields = { cause: fault.cause, spans, retryInMs: Math.ceil(retryInMs) };
      say(fault.cause, fields, `not delivered yet, will be tried again: ${fault.message}`);
    },
    refused(fault, entry) {
      noteTrouble(fault);
      observe({ type: 'retry', spans: 1, cause: fault.cause });
      const message = `a span was refused, and nothing taken since; will be tried again: ${fault.message}`;
      say(fault.cause, { cause: fault.cause, ...identity(entry) }, message);
    },
    buried(fault, entry) {
      observe({ type: 'buried', spans: 1, cause: fault.cause });
      const message = `a span went to the dead letters: the backend refuses it and takes others: ${fault.message}`;
      // Kept back apart from the tries before it, and told under the same cause.
      say(`BURIED_${fault.cause}`, { cause: fault.cause, ...identity(entry) }, message, 'error');
    },
    broke(what, error) {
      const where = what === 'JOURNAL' ? 'delivery cannot use the journal' : 'an export broke off';
      say(what, { cause: what, err: error }, `${where}, will be tried again`, 'error');
    },
  };
}

/** The ids of a span from its bytes, as far as these can be read. */
function identity({ span }: OutboxEntry): { readonly traceId?: string; readonly spanId?: string } {
  const ids: { traceId?: string; spanId?: string } = {};
  try {
    for (const { number, content } of lengthDelimitedFields(cursorOver(span))) {
      if (number === SPAN_TRACE_ID) ids.traceId = contentOf(content).toString('hex');
      else if (number === SPAN_SPAN_ID) ids.spanId = contentOf(content).toString('hex');
      else break;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return ids;
}
