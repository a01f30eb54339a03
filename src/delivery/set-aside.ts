/**
 * Spans that were set aside, to be in nobody's way: they stay in the outbox, known by their keys, and are tried again as
 * soon as the backend has taken anything since.
 */
import type { OutboxEntry, OutboxKey } from '../journal/journal.ts';
import type { DeliverySettings } from './settings.ts';
import type { Piece, Work } from './work.ts';

export interface SetAside {
  readonly size: number;
  /** Those that are not being tried right now. */
  readonly waiting: number;
  /** `taken`: how many spans the backend had taken by then. */
  add(key: OutboxKey, taken: number): void;
  /** Taken or buried: not set aside any more. */
  clear(keys: readonly OutboxKey[]): void;
  /** Those since which the backend has taken something; no more than one request of them. */
  judgeable(taken: number): Work | undefined;
  /** The one that was tried longest ago, to see whether the backend takes anything by now. */
  probe(): Work | undefined;
}

export interface SetAsideParts {
  readonly find: (key: OutboxKey) => OutboxEntry | undefined;
  readonly limits: DeliverySettings['batch'];
  /** How they are tried again. */
  readonly workOf: (piece: Piece) => Work;
}

interface Found {
  readonly entry: OutboxEntry;
  readonly taken: number;
}

export function createSetAside({ find, limits, workOf }: SetAsideParts): SetAside {
  /** By key, how many spans the backend had taken when it was set aside. */
  const waiting = new Map<OutboxKey, number>();
  const tried = new Set<OutboxKey>();
  /** As long as no more than this was taken, none is judgeable: each was set aside with nothing taken since. */
  let barrenAt = -1;

  /** In the order in which they were set aside. */
  function* setAsideBefore(now: number): Generator<Found> {
    for (const [key, taken] of waiting) {
      if (taken >= now) continue;
      const entry = find(key);
      if (entry === undefined) waiting.delete(key);
      else yield { entry, taken };
    }
  }

  function take(found: readonly Found[]): Work | undefined {
    for (const { entry } of found) {
      waiting.delete(entry.key);
      tried.add(entry.key);
    }
    if (found.length === 0) return undefined;
    const refusedAt = found.reduce((latest, { taken }) => Math.max(latest, taken), 0);
    return workOf({ entries: found.map(({ entry }) => entry), refusedAt });
  }

  return {
    get size() {
      return waiting.size + tried.size;
    },
    get waiting() {
      return waiting.size;
    },
    add(key, taken) {
      tried.delete(key);
      waiting.set(key, taken);
    },
    clear(keys) {
      for (const key of keys) tried.delete(key);
    },
    judgeable(now) {
      if (now === barrenAt) return undefined;
      const found: Found[] = [];
      let bytes = 0;
      for (const one of setAsideBefore(now)) {
        bytes += one.entry.span.byteLength;
        if (found.length > 0 && (bytes > limits.maxBytes || found.length === limits.maxSpans)) break;
        found.push(one);
      }
      if (found.length === 0) barrenAt = now;
      return take(found);
    },
    probe() {
      for (const one of setAsideBefore(Number.POSITIVE_INFINITY)) return take([one]);
      return undefined;
    },
  };
}
