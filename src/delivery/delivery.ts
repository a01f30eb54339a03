/**
 * Delivery: sends what is in the outbox until the backend has taken it, in order as far as the backend lets it, and
 * acknowledges only then. A backend that is down is asked again for as long as it takes; a span that it refuses while it
 * takes others goes to the dead letters.
 *
 * Memory: at most `2 * concurrency + 3` batches are held at once.
 */
import { isClosed } from '../journal/closed.ts';
import type { Journal } from '../journal/journal.ts';
import type { PlainLog } from '../log.ts';
import { createAgenda } from './agenda.ts';
import { backoffMs } from './backoff.ts';
import { type Clock, systemClock } from './clock.ts';
import { createFlushes } from './flushes.ts';
import { type BackendState, createLane, type Parked } from './lane.ts';
import { createOutboxReader } from './outbox-reader.ts';
import { createRecorder, type DeliveryObserver, type DeliveryTrouble } from './record.ts';
import { createSetAside } from './set-aside.ts';
import type { DeliverySettings } from './settings.ts';
import type { Transport } from './transport.ts';
import { type Work, workOf, workOfStragglers } from './work.ts';

/** How long a span waits for others to share its request, in milliseconds. */
const LINGER_MS = 200;
/** Beyond one for each lane: so that a few requests which never get through do not hold up all others. */
const EXTRA_PARKED = 3;

export interface DeliveryParts {
  readonly journal: Journal;
  /** Stays the caller's: to be closed after `stop`. */
  readonly transport: Transport;
  readonly settings: Pick<DeliverySettings, 'batch' | 'concurrency'>;
  readonly log: PlainLog;
  readonly observe?: DeliveryObserver;
  /** For tests. */
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly lingerMs?: number;
}

export interface Delivery {
  /** Begins with what the outbox holds. Once. */
  start(): void;
  /**
   * Sends at once what waits, and tries again what failed; resolves to true when the outbox is empty, to false after
   * `withinMs` milliseconds. Delivery goes on either way.
   */
  flush(withinMs: number): Promise<boolean>;
  /** Calls off what is under way: it stays in the outbox. For good. */
  stop(): Promise<void>;
  /** What keeps spans from the backend, if anything does. */
  trouble(): DeliveryTrouble | undefined;
}

export function createDelivery(parts: DeliveryParts): Delivery {
  const { journal, transport, settings, log, clock = systemClock, random = Math.random } = parts;
  const stopping = new AbortController();
  const recorder = createRecorder({ log, clock, observe: parts.observe ?? (() => {}) });
  const backend: BackendState = { taken: 0, refused: 0, pausedUntil: 0, probeAt: 0 };
  const setAside = { find: journal.outboxEntry, limits: settings.batch };
  const suspects = createSetAside({ ...setAside, workOf });
  const stragglers = createSetAside({ ...setAside, workOf: piece => workOfStragglers(piece, backend.taken) });
  const reader = createOutboxReader(journal, settings.batch, parts.lingerMs ?? LINGER_MS);
  const signal = stopping.signal;
  const mostParked = settings.concurrency + EXTRA_PARKED;
  const lane = createLane({
    journal,
    transport,
    suspects,
    stragglers,
    recorder,
    backend,
    clock,
    random,
    signal,
    isCrowded: () => agenda.parked + lanes.size >= mostParked,
  });

  const flushes = createFlushes(isEmpty, clock);
  const isUrgent = (): boolean => flushes.active;
  const agenda = createAgenda({ reader, suspects, stragglers, backend, mostParked, isUrgent, random });
  const lanes = new Set<Promise<void>>();
  let started = false;
  let journalFailures = 0;
  let cancelWake = () => {};

  function run(work: Work): void {
    const again = (error: unknown): Parked => {
      // Nothing in a lane should throw; if it does, no span may be lost over it.
      recorder.broke('INTERNAL', error);
      return { work, dueAt: clock.now() + backoffMs(work.faults + 1, random) };
    };
    const under = lane(work)
      .catch(again)
      .then(rest => {
        if (rest !== undefined) agenda.park(rest);
        lanes.delete(under);
        pump();
      });
    lanes.add(under);
  }

  function fillLanes(now: number): void {
    while (lanes.size < settings.concurrency && now >= backend.pausedUntil) {
      const work = agenda.next(now);
      if (work === undefined) return;
      run(work);
    }
  }

  /** Fills the lanes, and sees to it that it is called again when there may be more to do. */
  function pump(): void {
    cancelWake();
    if (!started || signal.aborted) return;
    const now = clock.now();
    try {
      fillLanes(now);
      flushes.check();
      journalFailures = 0;
    } catch (error) {
      if (isClosed(error)) return;
      recorder.broke('JOURNAL', error);
      journalFailures += 1;
      wakeIn(backoffMs(journalFailures, random));
      return;
    }
    const wakeAt = Math.max(backend.pausedUntil, agenda.nextDue());
    if (lanes.size < settings.concurrency && wakeAt < Number.POSITIVE_INFINITY) wakeIn(wakeAt - now);
  }

  function isEmpty(): boolean {
    try {
      return journal.outbox(undefined, 1, 0).length === 0;
    } catch {
      // Not known: the journal is closed, or cannot be read now.
      return false;
    }
  }

  function wakeIn(ms: number): void {
    cancelWake = clock.after(Math.max(0, ms), pump);
  }

  return {
    start() {
      started = true;
      journal.onOutbox(() => {
        if (reader.readyAt !== undefined) return;
        reader.noticed(clock.now());
        pump();
      });
      reader.noticed(Number.NEGATIVE_INFINITY);
      pump();
    },

    flush(withinMs) {
      const flushed = flushes.wait(withinMs);
      agenda.hurry();
      if (signal.aborted) flushes.end();
      pump();
      return flushed;
    },

    async stop() {
      stopping.abort();
      cancelWake();
      await Promise.all(lanes);
      flushes.end();
    },

    trouble: () => recorder.trouble,
  };
}
