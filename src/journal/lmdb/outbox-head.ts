/**
 * What was put into the outbox last, in memory: delivery reads most spans a moment after they were put in. Whoever is
 * further behind reads the store.
 */
import type { OutboxEntry, OutboxKey } from '../journal.ts';

export interface OutboxHead {
  /** They are durable, and stand behind all others. */
  add(entries: readonly OutboxEntry[]): void;
  get(key: OutboxKey): OutboxEntry | undefined;
  remove(keys: readonly OutboxKey[]): void;
  /** Nothing is known any more of what there is up to `last`. */
  restart(last: OutboxKey): void;
  /** Those after `after`, in order, within limit and budget; `undefined` where the store has to be asked. */
  after(after: OutboxKey, limit: number, budget: number): OutboxEntry[] | undefined;
}

/** Of spans with what is around them, at most. */
const MOST_BYTES = 8 * 1024 * 1024;
/** What an entry takes up beside its span. */
const AROUND_BYTES = 300;
/** What was removed at the beginning is cut off when there is so much of it. */
const CUT_AT = 1024;

/** `last`: the key that was given last so far. */
export function createOutboxHead(last: OutboxKey, isEmpty: boolean): OutboxHead {
  /** By their keys: the first stands for `first`. */
  let slots: (OutboxEntry | undefined)[] = [];
  let first = last + 1;
  /** Slots at the beginning that hold nothing any more. */
  let gone = 0;
  /** From that key on, whatever is in the outbox is here. */
  let knownFrom = isEmpty ? 0 : first;
  let bytes = 0;

  function restart(at: OutboxKey): void {
    slots = [];
    first = at + 1;
    gone = 0;
    knownFrom = first;
    bytes = 0;
  }

  function empty(index: number): boolean {
    const entry = slots[index];
    if (entry === undefined) return false;
    bytes -= sizeOf(entry);
    slots[index] = undefined;
    return true;
  }

  function cut(): void {
    while (gone < slots.length && slots[gone] === undefined) gone += 1;
    if (gone < CUT_AT) return;
    slots = slots.slice(gone);
    first += gone;
    gone = 0;
  }

  return {
    restart,
    get: key => slots[key - first],
    add(entries) {
      for (const entry of entries) {
        if (entry.key !== first + slots.length) restart(entry.key - 1);
        slots.push(entry);
        bytes += sizeOf(entry);
      }
      for (let index = gone; bytes > MOST_BYTES; index += 1) if (empty(index)) knownFrom = first + index + 1;
      cut();
    },
    remove(keys) {
      for (const key of keys) empty(key - first);
      cut();
    },
    after(after, limit, budget) {
      if (after + 1 < knownFrom) return undefined;
      const entries: OutboxEntry[] = [];
      let left = budget;
      for (let index = Math.max(gone, after + 1 - first); index < slots.length && entries.length < limit; index += 1) {
        const entry = slots[index];
        if (entry === undefined) continue;
        left -= entry.span.length;
        if (left < 0 && entries.length > 0) break;
        entries.push(entry);
      }
      return entries;
    },
  };
}

const sizeOf = ({ span }: OutboxEntry): number => span.length + AROUND_BYTES;
