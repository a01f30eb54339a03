/**
 * What delivery does next. The sources of work take turns, so that none starves the others: a new batch, one that failed,
 * suspects, stragglers.
 */
import { backoffMs } from './backoff.ts';
import type { BackendState, Parked } from './lane.ts';
import type { OutboxReader } from './outbox-reader.ts';
import type { SetAside } from './set-aside.ts';
import { type Work, workOf } from './work.ts';

export interface Agenda {
  /** What may be sent at `now`; `undefined` while there is nothing. */
  next(now: number): Work | undefined;
  /** When there may be something, by the clock; `Infinity` where nothing waits. */
  nextDue(): number;
  /** To be gone on with when it is due. */
  park(rest: Parked): void;
  /** How much is parked. */
  readonly parked: number;
  /** Nothing that failed waits any longer. */
  hurry(): void;
}

export interface AgendaParts {
  readonly reader: OutboxReader;
  readonly suspects: SetAside;
  readonly stragglers: SetAside;
  readonly backend: BackendState;
  /** As long as so much is parked, nothing new is read. */
  readonly mostParked: number;
  /** Whether somebody waits until all is delivered: then a batch waits for no others to join it. */
  readonly isUrgent: () => boolean;
  readonly random: () => number;
}

/** More spans set aside than these are no matter of spans; nothing new is read until one is taken. */
const MAX_SET_ASIDE = 10_000;

export function createAgenda(parts: AgendaParts): Agenda {
  const { reader, suspects, stragglers, backend, mostParked, isUrgent, random } = parts;
  let parked: Parked[] = [];
  let turn = 0;

  const sources: readonly ((now: number) => Work | undefined)[] = [
    readNew,
    unpark,
    () => suspects.judgeable(backend.taken),
    () => stragglers.judgeable(backend.taken),
  ];
  /** In turns: a suspect that nothing can be said of may stay one for long, and must not stand before a straggler. */
  const probes = [suspects.probe, stragglers.probe];

  function readNew(now: number): Work | undefined {
    const entries = readableAt() <= now ? reader.read() : undefined;
    return entries && workOf({ entries, refusedAt: undefined });
  }

  function unpark(now: number): Work | undefined {
    const due = parked.reduce<Parked | undefined>((a, b) => (a === undefined || b.dueAt < a.dueAt ? b : a), undefined);
    if (due === undefined || due.dueAt > now) return undefined;
    parked = parked.filter(other => other !== due);
    return due.work;
  }

  /** With nothing better to send, to see whether a backend that refused everything takes anything by now. */
  function probe(now: number): Work | undefined {
    if (backend.probeAt > now) return undefined;
    const work = probes.reduce<Work | undefined>((found, next) => found ?? next(), undefined);
    probes.reverse();
    // Not the next one before this one has its answer, or time enough for it has passed.
    if (work !== undefined) backend.probeAt = now + backoffMs(backend.refused + 1, random);
    return work;
  }

  /** When a new batch may be read, by the clock. */
  function readableAt(): number {
    const isCrowded = parked.length >= mostParked || suspects.size + stragglers.size >= MAX_SET_ASIDE;
    if (reader.readyAt === undefined || isCrowded) return Number.POSITIVE_INFINITY;
    return isUrgent() ? Number.NEGATIVE_INFINITY : reader.readyAt;
  }

  return {
    next(now) {
      for (let tries = 0; tries < sources.length; tries += 1) {
        const work = sources[turn]?.(now);
        turn = (turn + 1) % sources.length;
        if (work !== undefined) return work;
      }
      return probe(now);
    },
    nextDue() {
      const probeAt = suspects.waiting + stragglers.waiting > 0 ? backend.probeAt : Number.POSITIVE_INFINITY;
      return Math.min(readableAt(), probeAt, ...parked.map(({ dueAt }) => dueAt));
    },
    park: rest => void parked.push(rest),
    get parked() {
      return parked.length;
    },
    hurry() {
      parked = parked.map(({ work }) => ({ work, dueAt: 0 }));
      backend.probeAt = 0;
    },
  };
}
