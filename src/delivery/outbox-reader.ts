/** Reads the outbox once, in order, and forms batches: spans that come one by one wait a moment for each other. */
import type { Journal, OutboxEntry, OutboxKey } from '../journal/journal.ts';
import { createFrame, type Frame } from './frame.ts';
import type { DeliverySettings } from './settings.ts';

export interface OutboxReader {
  /** Spans came in at `now`. */
  noticed(now: number): void;
  /** When there will be a batch, by the clock; `undefined` when nothing came in. */
  readonly readyAt: number | undefined;
  /** The next batch: what fits into one request, and one span at least. `undefined` when nothing is left to read. */
  read(): readonly OutboxEntry[] | undefined;
}

export function createOutboxReader(
  journal: Pick<Journal, 'outbox'>,
  limits: DeliverySettings['batch'],
  lingerMs: number,
): OutboxReader {
  let after: OutboxKey | undefined;
  let readyAt: number | undefined;
  return {
    noticed(now) {
      readyAt ??= now + lingerMs;
    },
    get readyAt() {
      return readyAt;
    },
    read() {
      const entries = fitting(journal.outbox(after, limits.maxSpans, limits.maxBytes), limits.maxBytes);
      const last = entries.at(-1)?.key ?? after;
      // What is left has waited as long as what was read; what comes later begins a wait of its own.
      if (journal.outbox(last, 1, 0).length === 0) readyAt = undefined;
      after = last;
      return entries.length > 0 ? entries : undefined;
    },
  };
}

function fitting(entries: readonly OutboxEntry[], maxBytes: number): readonly OutboxEntry[] {
  const frame = createFrame();
  for (const [index, entry] of entries.entries()) {
    // A damaged entry goes alone, for the lane to see to.
    if (!added(frame, entry) || frame.size > maxBytes) return entries.slice(0, Math.max(index, 1));
  }
  return entries;
}

function added(frame: Frame, entry: OutboxEntry): boolean {
  try {
    frame.add(entry);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
