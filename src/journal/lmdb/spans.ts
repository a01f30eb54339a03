/** The outbox and the dead letters. What all spans of a resource begin with is kept once, under its hash. */
import { createHash } from 'node:crypto';
import type { DeadLetter, FinishedSpan, OutboxEntry, OutboxKey } from '../journal.ts';
import type { Batch } from './batch.ts';
import { HASH_BYTES, readLetterRecord, readSpanRecord, type StoredSpan, sealLetter, sealSpan } from './records.ts';
import type { Table, Tables } from './tables.ts';

export interface SpanTables {
  /** Copies the spans, now; puts them into the outbox when the transaction is put together. */
  putting(spans: readonly FinishedSpan[], now: number): (batch: Batch) => void;
  outbox(after: OutboxKey | undefined, limit: number, budget: number): OutboxEntry[];
  outboxEntry(key: OutboxKey): OutboxEntry | undefined;
  /** When the oldest entry of the outbox was put there. */
  oldest(): number | undefined;
  letters(after: OutboxKey | undefined, limit: number, budget: number): DeadLetter[];
  acknowledge(batch: Batch, keys: readonly OutboxKey[]): number;
  discard(batch: Batch, keys: readonly OutboxKey[]): number;
  /** Puts dead letters into the outbox again, under new keys. */
  revive(batch: Batch, keys: readonly OutboxKey[], now: number): number;
  bury(batch: Batch, keys: readonly OutboxKey[], reason: string, now: number): void;
}

/** Told of each record that is not what was written. */
export type OnDamaged = (table: Table<number>, key: number) => void;

export function createSpanTables(tables: Tables, onDamaged: OnDamaged): SpanTables {
  const { outbox, letters, preambles } = tables;
  const hashOf = createHasher();
  const read = new Map<string, Buffer>();

  /** One object for as long as it is the same bytes, as the spans came in. */
  function preambleOf(hash: Buffer): Buffer | undefined {
    const id = hash.toString('latin1');
    const known = read.get(id);
    if (known !== undefined) return known;
    const preamble = preambles.get(hash);
    if (preamble === undefined || !digest(preamble).equals(hash)) return undefined;
    read.set(id, preamble);
    return preamble;
  }

  function entryOf<T extends StoredSpan>(stored: T | undefined): T | undefined {
    const preamble = stored && preambleOf(stored.preamble);
    return preamble && { ...stored, preamble };
  }

  function* readable<T extends StoredSpan>(
    table: Table<number>,
    after: OutboxKey | undefined,
    readRecord: (record: Buffer) => T | undefined,
  ): Generator<T & { readonly key: OutboxKey }> {
    for (const { key, value } of table.from((after ?? 0) + 1)) {
      const entry = entryOf(readRecord(value));
      if (entry === undefined) onDamaged(table, key);
      else yield { ...entry, key };
    }
  }

  return {
    putting(spans, now) {
      const records = spans.map(({ preamble, execution, span }) => {
        const hash = hashOf(preamble);
        return { hash, preamble, record: sealSpan({ preamble: hash, putAt: now, execution, span: bufferOver(span) }) };
      });
      return batch => {
        for (const { hash, preamble, record } of records) {
          if (!read.has(hash.toString('latin1')) && !batch.has(preambles, hash))
            batch.put(preambles, hash, Buffer.from(preamble));
          batch.totals.lastKey += 1;
          batch.totals.undelivered += 1;
          batch.put(outbox, batch.totals.lastKey, record);
        }
      };
    },

    outbox(after, limit, budget) {
      return within(readable(outbox, after, readSpanRecord), limit, budget);
    },

    outboxEntry(key) {
      const record = outbox.get(key);
      if (record === undefined) return undefined;
      const entry = entryOf(readSpanRecord(record));
      if (entry === undefined) onDamaged(outbox, key);
      return entry && { key, ...entry };
    },

    oldest() {
      for (const { value } of outbox.from()) {
        const stored = readSpanRecord(value);
        if (stored !== undefined) return stored.putAt;
      }
      return undefined;
    },

    letters: (after, limit, budget) => within(readable(letters, after, readLetterRecord), limit, budget),

    acknowledge(batch, keys) {
      const count = takeAway(batch, outbox, keys);
      batch.totals.undelivered -= count;
      return count;
    },

    discard(batch, keys) {
      const count = takeAway(batch, letters, keys);
      batch.totals.deadLetters -= count;
      return count;
    },

    revive(batch, keys, now) {
      let count = 0;
      for (const key of keys) {
        const letter = readLetterRecord(batch.get(letters, key) ?? Buffer.alloc(0));
        if (letter === undefined) continue;
        batch.remove(letters, key);
        batch.totals.lastKey += 1;
        batch.put(outbox, batch.totals.lastKey, sealSpan({ ...letter, putAt: now }));
        count += 1;
      }
      batch.totals.deadLetters -= count;
      batch.totals.undelivered += count;
      return count;
    },

    bury(batch, keys, reason, now) {
      for (const key of keys) {
        const stored = readSpanRecord(batch.get(outbox, key) ?? Buffer.alloc(0));
        if (stored === undefined) continue;
        batch.remove(outbox, key);
        batch.put(letters, key, sealLetter({ ...stored, reason, buriedAt: now }));
        batch.totals.undelivered -= 1;
        batch.totals.deadLetters += 1;
      }
    },
  };
}

/** At most `limit`, and as long as the bytes allow it, but always one if there is one. */
function within<T extends FinishedSpan>(spans: Iterable<T>, limit: number, budget: number): T[] {
  const entries: T[] = [];
  let left = budget;
  if (limit <= 0) return entries;
  for (const entry of spans) {
    left -= entry.span.length;
    if (left < 0 && entries.length > 0) break;
    entries.push(entry);
    if (entries.length === limit) break;
  }
  return entries;
}

function takeAway(batch: Batch, table: Table<number>, keys: readonly OutboxKey[]): number {
  let count = 0;
  for (const key of keys) {
    if (!batch.has(table, key)) continue;
    batch.remove(table, key);
    count += 1;
  }
  return count;
}

const bufferOver = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

const digest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest().subarray(0, HASH_BYTES);

/** The spans of a group come with one and the same preamble as a rule. */
function createHasher(): (preamble: Uint8Array) => Buffer {
  let last: Uint8Array | undefined;
  let hash: Buffer = Buffer.alloc(0);
  return preamble => {
    if (preamble !== last) {
      hash = digest(preamble);
      last = preamble;
    }
    return hash;
  };
}
