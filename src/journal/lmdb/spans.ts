/** The outbox and the dead letters. What all spans of a resource begin with is kept once, under its hash. */
import { createHash } from 'node:crypto';
import type { DeadLetter, ExecutionKey, FinishedSpan, OutboxEntry, OutboxKey } from '../journal.ts';
import type { Batch } from './batch.ts';
import { type Charge, footprint } from './charges.ts';
import { createOutboxHead } from './outbox-head.ts';
import {
  HASH_BYTES,
  type Head,
  readLetterRecord,
  readSpanRecord,
  type StoredSpan,
  seal,
  sealLetter,
  spanHead,
  spanRecordBytes,
  type Totals,
} from './records.ts';
import type { Table, Tables } from './tables.ts';

export interface SpanTables {
  /** Puts spans into the outbox; answers what to call once they are durable. */
  put(batch: Batch, spans: readonly FinishedSpan[], now: number): () => void;
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

  /** `before`: of the span before, which as a rule is of the same resource and execution. */
  function commonOf({ preamble: bytes, execution }: FinishedSpan, putAt: number, before: Common | undefined): Common {
    const preamble = preambleFor(bytes);
    const { source, executionId } = execution;
    if (
      before?.preamble === preamble &&
      before.execution.executionId === executionId &&
      before.execution.source === source
    )
      return before;
    const own = { source, executionId };
    return { preamble, execution: own, head: spanHead({ preamble: preamble.hash, putAt, execution: own }) };
  }

  /** Of an entry whose record is there. */
  function chargeOf(key: OutboxKey): Charge | undefined {
    const entry = head.get(key);
    return entry && { source: entry.execution.source, bytes: footprint(spanRecordBytes(entry)) };
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
    put(batch, spans, putAt) {
      const { totals } = batch;
      const entries: OutboxEntry[] = [];
      const fresh: Preamble[] = [];
      let common: Common | undefined;
      for (const finished of spans) {
        common = commonOf(finished, putAt, common);
        const { preamble, execution } = common;
        if (!preamble.isDurable && !fresh.includes(preamble)) {
          fresh.push(preamble);
          batch.add(preambles, preamble.hash, preamble.bytes, undefined);
        }
        // Not of the batch: the span stays in memory, as a part of its record, until it is delivered.
        const record = seal(common.head, finished.span, Buffer.allocUnsafe);
        const span = record.subarray(record.length - finished.span.length);
        totals.lastKey += 1;
        totals.undelivered += 1;
        batch.add(outbox, totals.lastKey, record, { source: execution.source, bytes: footprint(record.length) });
        entries.push({ key: totals.lastKey, preamble: preamble.bytes, putAt, execution, span });
      }
      return () => {
        for (const preamble of fresh) preamble.isDurable = true;
        head.add(entries);
      };
    },

    outbox(after, limit, budget) {
      return head.after(after ?? 0, limit, budget) ?? within(readable(outbox, after, readSpanRecord), limit, budget);
    },

    outboxEntry(key) {
      const held = head.get(key);
      if (held !== undefined) return held;
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
      for (const key of keys) if (batch.remove(outbox, key, chargeOf(key))) count += 1;
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
        const record = seal(spanHead({ ...letter, putAt: now }), letter.span, batch.allocate);
        batch.replace(outbox, batch.totals.lastKey, record);
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
        batch.replace(letters, key, sealLetter({ ...stored, reason, buriedAt: now }, batch.allocate));
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
