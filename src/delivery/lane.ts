/** One lane of delivery: carries a piece of work to the backend until it is taken, buried, or has to wait. */
import { isClosed } from '../journal/closed.ts';
import type { Journal, OutboxEntry, OutboxKey } from '../journal/journal.ts';
import { backoffMs } from './backoff.ts';
import type { Clock } from './clock.ts';
import { frameSpans } from './frame.ts';
import type { Recorder } from './record.ts';
import type { SetAside } from './set-aside.ts';
import type { BackendFault, ExportOutcome, PayloadFault, Transport } from './transport.ts';
import { faultsOfRest, halves, isToBlame, type Piece, type Work } from './work.ts';

/** Spans that may be refused alone, with nothing taken in between, before the backend gets time to recover. */
const REFUSED_BEFORE_PAUSE = 8;

/** What the lanes know of the backend together. */
export interface BackendState {
  /** Spans taken, since the start. */
  taken: number;
  /** Requests refused alone, or set aside, since something was taken. */
  refused: number;
  /** By the clock: nothing is sent before, because the backend said so or seems to refuse everything. */
  pausedUntil: number;
  /** By the clock: nothing that was set aside is tried before without a reason. */
  probeAt: number;
}

export interface LaneParts {
  readonly journal: Pick<Journal, 'acknowledge' | 'bury'>;
  readonly transport: Transport;
  /** Spans that were refused alone by a backend that has taken nothing since: poison, perhaps, or it refuses everything. */
  readonly suspects: SetAside;
  /** Spans that met with the backend's faults again and again: never buried for it. */
  readonly stragglers: SetAside;
  /** Whether what waits to be sent again keeps new spans from being read. */
  readonly isCrowded: () => boolean;
  readonly recorder: Recorder;
  readonly backend: BackendState;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** What is left of a work, and when to go on with it. */
export interface Parked {
  readonly work: Work;
  readonly dueAt: number;
}

export type Lane = (work: Work) => Promise<Parked | undefined>;

export function createLane(parts: LaneParts): Lane {
  const { journal, transport, suspects, stragglers, isCrowded, recorder, backend, clock, random, signal } = parts;

  async function send({ entries }: Piece): Promise<ExportOutcome> {
    let request: Buffer;
    try {
      request = frameSpans(entries);
    } catch {
      return { kind: 'payload', cause: 'UNREADABLE', message: 'its bytes in the outbox are damaged', certain: true };
    }
    return transport.send(request, signal);
  }

  async function taken({ entries }: Piece, outcome: ExportOutcome & { kind: 'taken' | 'partial' }): Promise<void> {
    const keys = entries.map(({ key }) => key);
    // More than were sent would be a mistake of the backend.
    const rejected = outcome.kind === 'partial' ? Math.min(outcome.rejected, keys.length) : 0;
    await untilDone(() => journal.acknowledge(keys));
    forget(keys);
    if (outcome.kind === 'partial') recorder.rejected(rejected, outcome.message);
    else if (outcome.warning !== undefined) recorder.warned(outcome.warning);
    if (rejected === keys.length) return;
    backend.taken += keys.length - rejected;
    backend.refused = 0;
    recorder.delivered(keys.length - rejected);
  }

  function forget(keys: readonly OutboxKey[]): void {
    suspects.clear(keys);
    stragglers.clear(keys);
  }

  async function refusedAlone(entry: OutboxEntry, fault: PayloadFault, refusedAt: number): Promise<void> {
    if (fault.certain || backend.taken > refusedAt) {
      await untilDone(() => journal.bury([entry.key], `${fault.cause}: ${fault.message}`, clock.now()));
      forget([entry.key]);
      recorder.buried(fault, entry);
      return;
    }
    stragglers.clear([entry.key]);
    suspects.add(entry.key, refusedAt);
    backend.refused += 1;
    backend.probeAt = clock.now() + backoffMs(backend.refused, random);
    const excess = backend.refused - REFUSED_BEFORE_PAUSE;
    if (excess >= 0) backend.pausedUntil = Math.max(backend.pausedUntil, clock.now() + backoffMs(excess + 1, random));
    recorder.refused(fault, entry);
  }

  /** What a refused piece becomes. */
  async function narrowed(piece: Piece, fault: PayloadFault): Promise<Piece[]> {
    const refusedAt = piece.refusedAt ?? backend.taken;
    const [entry] = piece.entries;
    if (piece.entries.length > 1) return halves(piece, refusedAt);
    if (entry !== undefined) await refusedAlone(entry, fault, refusedAt);
    return [];
  }

  /**
   * Some backends cut the connection where they should answer 413, a slow one never gets through a large request, and one
   * may answer 500 to a span for as long as it lives. None of that may keep others from the backend.
   */
  function park(work: Work, piece: Piece, fault: BackendFault): Parked | undefined {
    const faults = work.faults + 1;
    const faultAt = work.faults === 0 ? backend.taken : work.faultAt;
    const wait = Math.max(backoffMs(faults, random), fault.retryAfterMs ?? 0);
    const dueAt = clock.now() + wait;
    if (fault.retryAfterMs !== undefined) {
      backend.pausedUntil = Math.max(backend.pausedUntil, clock.now() + fault.retryAfterMs);
    }
    recorder.failed(fault, piece.entries.length, wait);
    const othersWereTaken = backend.taken > faultAt;
    if (!isToBlame(faults, othersWereTaken)) {
      return { work: { pieces: [...work.pieces, piece], faults, faultAt }, dueAt };
    }
    const isHalved = piece.entries.length > 1 && (othersWereTaken || !isCrowded());
    if (!isHalved) setAside(piece, dueAt);
    const pieces = [...work.pieces, ...(isHalved ? halves(piece, piece.refusedAt) : [])];
    if (pieces.length === 0) return undefined;
    return { work: { pieces, faults: faultsOfRest(faults, othersWereTaken), faultAt: backend.taken }, dueAt };
  }

  function setAside({ entries }: Piece, dueAt: number): void {
    const keys = entries.map(({ key }) => key);
    suspects.clear(keys);
    for (const key of keys) stragglers.add(key, backend.taken);
    backend.refused += 1;
    backend.probeAt = Math.max(dueAt, clock.now() + backoffMs(backend.refused, random));
  }

  /** The journal's part has to be done, or the spans would be sent twice: it is tried until it is, or delivery stops. */
  async function untilDone(change: () => Promise<void>): Promise<void> {
    for (let failures = 1; ; failures += 1) {
      try {
        return await change();
      } catch (error) {
        if (signal.aborted || isClosed(error)) return;
        recorder.broke('JOURNAL', error);
      }
      await pause(backoffMs(failures, random));
    }
  }

  function pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = clock.after(ms, done);
      if (signal.aborted) done();
      else signal.addEventListener('abort', done, { once: true });
    });
  }

  return async start => {
    let work = start;
    for (;;) {
      const piece = work.pieces.at(-1);
      if (piece === undefined || signal.aborted) return undefined;
      if (clock.now() < backend.pausedUntil) return { work, dueAt: backend.pausedUntil };
      const outcome = await send(piece);
      const rest = { ...work, pieces: work.pieces.slice(0, -1) };
      if (outcome.kind === 'backend') return signal.aborted ? undefined : park(rest, piece, outcome);
      if (outcome.kind === 'payload') {
        work = { ...rest, pieces: [...rest.pieces, ...(await narrowed(piece, outcome))] };
      } else {
        await taken(piece, outcome);
        work = { ...rest, faults: 0 };
      }
    }
  };
}
