/**
 * Spans that were refused alone by a backend that has taken nothing since. Perhaps they are poison, perhaps it refuses
 * everything: they stay in the outbox, known by their keys, and are tried again as soon as it takes anything. Stragglers,
 * which meet with its faults again and again, are kept in the same way.
 */
import type { OutboxEntry, OutboxKey } from '../journal/journal.ts';
import type { DeliverySettings } from './settings.ts';
import type { Piece } from './work.ts';

export interface Suspects {
  readonly size: number;
  /** Those that are not being tried right now. */
  readonly waiting: number;
  add(key: OutboxKey, refusedAt: number): void;
  /** Taken or buried: not a suspect any more. */
  clear(keys: readonly OutboxKey[]): void;
  /** Those that may be judged, because the backend has taken something since; no more than one request of them. */
  judgeable(taken: number): Piece | undefined;
  /** The one that was tried longest ago, to see whether the backend takes anything by now. */
  probe(): Piece | undefined;
}

export function createSuspects(
  find: (key: OutboxKey) => OutboxEntry | undefined,
  limits: DeliverySettings['batch'],
): Suspects {
  const waiting = new Map<OutboxKey, number>();
  const tried = new Map<OutboxKey, number>();
  /** As long as no more than this was taken, none is judgeable: a suspect is one only with nothing taken since. */
  let barrenAt = -1;

  /** In order of the last refusal. */
  function* refusedBefore(taken: number): Generator<{ entry: OutboxEntry; refusedAt: number }> {
    for (const [key, refusedAt] of waiting) {
      if (refusedAt >= taken) continue;
      const entry = find(key);
      if (entry === undefined) waiting.delete(key);
      else yield { entry, refusedAt };
    }
  }

  function pieceOf(found: readonly { entry: OutboxEntry; refusedAt: number }[]): Piece | undefined {
    for (const { entry, refusedAt } of found) {
      waiting.delete(entry.key);
      tried.set(entry.key, refusedAt);
    }
    if (found.length === 0) return undefined;
    const refusedAt = found.reduce((latest, suspect) => Math.max(latest, suspect.refusedAt), 0);
    return { entries: found.map(({ entry }) => entry), refusedAt };
  }

  return {
    get size() {
      return waiting.size + tried.size;
    },
    get waiting() {
      return waiting.size;
    },
    add(key, refusedAt) {
      tried.delete(key);
      waiting.set(key, refusedAt);
    },
    clear(keys) {
      for (const key of keys) tried.delete(key);
    },
    judgeable(taken) {
      if (taken === barrenAt) return undefined;
      const found: { entry: OutboxEntry; refusedAt: number }[] = [];
      let bytes = 0;
      for (const suspect of refusedBefore(taken)) {
        bytes += suspect.entry.span.byteLength;
        if (found.length > 0 && (bytes > limits.maxBytes || found.length === limits.maxSpans)) break;
        found.push(suspect);
      }
      if (found.length === 0) barrenAt = taken;
      return pieceOf(found);
    },
    probe() {
      for (const suspect of refusedBefore(Number.POSITIVE_INFINITY)) return pieceOf([suspect]);
      return undefined;
    },
  };
}
