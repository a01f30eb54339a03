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

export function workOf(piece: Piece): Work {
  return { pieces: [piece], faults: 0, faultAt: 0 };
}

/** Faults of one and the same request after which it is held to be the cause: while others were taken, and while none was. */
const FAULTS_BESIDE_OTHERS = 3;
const FAULTS_IN_DOUBT = 6;

/** Whether the backend's fault is held to be that of the request, after so many of them. */
export function isToBlame(faults: number, othersWereTaken: boolean): boolean {
  return faults >= (othersWereTaken ? FAULTS_BESIDE_OTHERS : FAULTS_IN_DOUBT);
}

/** Faults to go on from with what is left of a request that was to blame: with the next one, the same holds for that. */
export function faultsOfRest(faults: number, othersWereTaken: boolean): number {
  return othersWereTaken ? FAULTS_BESIDE_OTHERS - 1 : faults;
}

/** Of stragglers, which have met with faults enough: the next one is held against them. */
export function workOfStragglers({ entries }: Piece, taken: number): Work {
  return { pieces: [{ entries, refusedAt: undefined }], faults: FAULTS_IN_DOUBT - 1, faultAt: taken };
}

/** Two pieces in place of one, the first half last. */
export function halves({ entries }: Piece, refusedAt: number | undefined): Piece[] {
  const middle = Math.ceil(entries.length / 2);
  return [
    { entries: entries.slice(middle), refusedAt },
    { entries: entries.slice(0, middle), refusedAt },
  ];
}
