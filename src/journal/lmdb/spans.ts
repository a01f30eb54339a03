/** The outbox and the dead letters. What all spans of a resource begin with is kept once, under its hash. */
import { createHash } from 'node:crypto';
import type { DeadLetter, ExecutionKey, FinishedSpan, OutboxEntry, OutboxKey } from '../journal.ts';
import type { Batch } from './batch.ts';
import { type Charge, footprint } from './charges.ts';
import { createOutboxHead, type Held } from './outbox-head.ts';
import {
  HASH_BYTES,
  type Head,
  readLetterRecord,
  readSpanRecord,
  type StoredSpan,
  seal,
  sealLetter,
  spanHead,
  type Totals,
} from './records.ts';
import type { Table, Tables } from './tables.ts';

export interface SpanTables {
  /** Copies the spans, now. */
  putting(spans: readonly FinishedSpan[], now: number): PendingSpans;
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
  /** It is durable that these are in the outbox no more. */
  gone(keys: readonly OutboxKey[]): void;
  /** It is durable that some were revived; `last`: the key that was given last. */
  revived(last: OutboxKey): void;
}

export interface PendingSpans {
  /** Puts them into the outbox. */
  put(batch: Batch): void;
  /** They are durable. */
  done(): void;
}

interface Preamble {
  readonly hash: Buffer;
  readonly bytes: Buffer;
  /** The store has it. */
  isDurable: boolean;
}

/** What records that follow each other have in common. */
interface Common {
  readonly preamble: Preamble;
  readonly execution: ExecutionKey;
  readonly head: Head;
}

interface Copy {
  readonly common: Common;
  readonly record: Buffer;
  /** A part of the record. */
  readonly span: Buffer;
  readonly charge: Charge;
}

/** Told of each record that is not what was written. */
export type OnDamaged = (table: Table<number>, key: number) => void;

/** `totals`: of the store as it was opened. */
export function createSpanTables(tables: Tables, totals: Totals, onDamagedRecord: OnDamaged): SpanTables {
  const { outbox, letters, preambles } = tables;
  const head = createOutboxHead(totals.lastKey, totals.undelivered === 0);
  /** By hash. One object for as long as it is the same bytes, as the spans came in. */
  const known = new Map<string, Preamble>();
  let last: { readonly bytes: Uint8Array; readonly preamble: Preamble } | undefined;

  function onDamaged(table: Table<number>, key: number): void {
    if (table === outbox) head.remove([key]);
    onDamagedRecord(table, key);
  }

  function preambleOf(hash: Buffer): Buffer | undefined {
    const id = hash.toString('latin1');
    const found = known.get(id);
    if (found !== undefined) return found.bytes;
    const bytes = preambles.get(hash);
    if (bytes === undefined || !digest(bytes).equals(hash)) return undefined;
    known.set(id, { hash: Buffer.from(hash), bytes, isDurable: true });
    return bytes;
  }

  /** Copies it, once. The spans of a group come with one and the same as a rule. */
  function preambleFor(bytes: Uint8Array): Preamble {
    if (last?.bytes === bytes) return last.preamble;
    const hash = digest(bytes);
    const id = hash.toString('latin1');
    const preamble = known.get(id) ?? { hash, bytes: Buffer.from(bytes), isDurable: false };
    known.set(id, preamble);
    last = { bytes, preamble };
    return preamble;
  }

  function copied(spans: readonly FinishedSpan[], putAt: number): Copy[] {
    let common: Common | undefined;
    return spans.map(({ preamble: bytes, execution: { source, executionId }, span }) => {
      const preamble = preambleFor(bytes);
      if (
        common?.preamble !== preamble ||
        common.execution.executionId !== executionId ||
        common.execution.source !== source
      ) {
        const execution = { source, executionId };
        common = { preamble, execution, head: spanHead({ preamble: preamble.hash, putAt, execution }) };
      }
      const record = seal(common.head, span);
      const charge = { source, bytes: footprint(record.length) };
      return { common, record, span: record.subarray(record.length - span.length), charge };
    });
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
    putting(spans, putAt) {
      const copies = copied(spans, putAt);
      let held: Held[] = [];
      let fresh: Preamble[] = [];
      return {
        put(batch) {
          const { totals } = batch;
          held = [];
          fresh = [];
          for (const { common, record, span, charge } of copies) {
            const { preamble, execution } = common;
            if (!preamble.isDurable && !fresh.includes(preamble)) {
              fresh.push(preamble);
              batch.add(preambles, preamble.hash, preamble.bytes, undefined);
            }
            totals.lastKey += 1;
            totals.undelivered += 1;
            batch.add(outbox, totals.lastKey, record, charge);
            held.push({ entry: { key: totals.lastKey, preamble: preamble.bytes, putAt, execution, span }, charge });
          }
        },
        done() {
          for (const preamble of fresh) preamble.isDurable = true;
          head.add(held);
        },
      };
    },

    outbox(after, limit, budget) {
      return head.after(after ?? 0, limit, budget) ?? within(readable(outbox, after, readSpanRecord), limit, budget);
    },

    outboxEntry(key) {
      const held = head.get(key);
      if (held !== undefined) return held.entry;
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

    gone: head.remove,
    revived: head.restart,

    acknowledge(batch, keys) {
      let count = 0;
      for (const key of keys) if (batch.remove(outbox, key, head.get(key)?.charge)) count += 1;
      batch.totals.undelivered -= count;
      return count;
    },

    discard(batch, keys) {
      let count = 0;
      for (const key of keys) if (batch.remove(letters, key)) count += 1;
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
        batch.replace(outbox, batch.totals.lastKey, seal(spanHead({ ...letter, putAt: now }), letter.span));
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
        batch.replace(letters, key, sealLetter({ ...stored, reason, buriedAt: now }));
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

const digest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest().subarray(0, HASH_BYTES);
