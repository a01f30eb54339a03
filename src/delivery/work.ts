/** What a lane of delivery carries: pieces of the outbox to be sent, each as one request. */
import type { OutboxEntry } from '../journal/journal.ts';

export interface Piece {
  readonly entries: readonly OutboxEntry[];
  /**
   * How many spans the backend had taken when this piece, or the one it was cut from, was first refused. When it has
   * taken more by the time a span of it is refused alone, the span is at fault and not the backend.
   */
  readonly refusedAt: number | undefined;
}

export interface Work {
  /** The last one is sent first. */
  readonly pieces: readonly Piece[];
  /** Backend faults since something of it was taken. */
  readonly faults: number;
  /** How many spans the backend had taken at the first of these. */
  readonly faultAt: number;
}

export function workOf(...pieces: readonly Piece[]): Work {
  return { pieces, faults: 0, faultAt: 0 };
}

/** Two pieces in place of one, the first half last. */
export function halves({ entries }: Piece, refusedAt: number | undefined): Piece[] {
  const middle = Math.ceil(entries.length / 2);
  return [
    { entries: entries.slice(middle), refusedAt },
    { entries: entries.slice(0, middle), refusedAt },
  ];
}
