/** The skeletons: found by event, forgotten by time, and seen from the moment that their settlement is handed in. */
import type { ExecutionKey, Position, Skeleton } from '../journal.ts';
import type { Batch } from './batch.ts';
import { createEventKeys, KEY_BYTES, recordsOf } from './event-keys.ts';
import { readSkeletonRecord, sealSkeleton } from './records.ts';
import type { Tables } from './tables.ts';

export interface SkeletonTables {
  get(execution: ExecutionKey, eventId: string): Skeleton | undefined;
  /** Whether any of an execution is durable. */
  knows(execution: ExecutionKey): boolean;
  /** Shows the skeletons at once, and puts them in when the transaction is put together. */
  putting(skeletons: readonly Skeleton[], now: number): PendingSkeletons;
  /** Removes those of an execution; answers how many. */
  erase(batch: Batch, execution: ExecutionKey): number;
  count(execution: ExecutionKey): number;
  /** At most `limit` of those written before `before`, while no body at `oldest` or later was there. */
  forget(batch: Batch, before: number, oldest: Position | undefined, limit: number): Forgotten;
}

export interface PendingSkeletons {
  put(batch: Batch): void;
  /** They are durable: the store shows them. */
  done(): void;
}

export interface Forgotten {
  readonly count: number;
  readonly more: boolean;
}

const TIME_BYTES = 6;
const MAX_TIME = 2 ** (8 * TIME_BYTES) - 1;
const POSITION_BYTES = 8;
/** So many keys fit on a page beside others: one record for them costs much less than a record each. */
const AGED_TOGETHER = 64;

export function createSkeletonTables(
  { skeletons: table, ages }: Tables,
  onDamaged: (id: string) => void,
): SkeletonTables {
  const pending = new Map<string, Skeleton>();
  const keyOf = createEventKeys();

  /** Lists the keys under the time, and under the last body that had come by then. */
  function noteAge(batch: Batch, written: number, keys: readonly Buffer[]): void {
    const position = Buffer.alloc(POSITION_BYTES);
    position.writeDoubleBE(batch.totals.lastPosition);
    for (let from = 0; from < keys.length; from += AGED_TOGETHER) {
      const together = keys.slice(from, from + AGED_TOGETHER);
      const age = ageKey(written, together[0] ?? position);
      const before = batch.get(ages, age);
      batch.put(ages, age, Buffer.concat([position, ...(before ? keysIn(before) : []), ...together]));
    }
  }

  return {
    knows: execution => recordsOf(table, execution).next().done !== true,
    count: execution => [...recordsOf(table, execution)].length,

    erase(batch, execution) {
      const records = [...recordsOf(table, execution)];
      // What is left of them in `ages` is a list of hashes, which `forget` passes over.
      for (const { key } of records) batch.remove(table, key);
      return records.length;
    },

    get(execution, eventId) {
      const key = keyOf(execution, eventId);
      const shown = pending.get(key.toString('latin1'));
      if (shown !== undefined) return shown;
      const record = table.get(key);
      if (record === undefined) return undefined;
      const stored = readSkeletonRecord(record);
      if (stored === undefined) {
        onDamaged(key.toString('hex'));
        return undefined;
      }
      const { operation } = stored;
      const { source, executionId } = execution;
      return { execution: { source, executionId }, eventId, ...(operation && { operation }) };
    },

    putting(skeletons, now) {
      const written = Math.min(Math.max(Math.trunc(now), 0), MAX_TIME);
      const entries = skeletons.map(skeleton => {
        const { execution, eventId, operation } = skeleton;
        const kept = operation === undefined ? skeleton : { ...skeleton, operation: Uint8Array.from(operation) };
        const key = keyOf(execution, eventId);
        return {
          key,
          id: key.toString('latin1'),
          kept,
          record: sealSkeleton({ written, source: execution.source, operation }),
        };
      });
      for (const { id, kept } of entries) pending.set(id, kept);
      return {
        put(batch) {
          for (const { key, record } of entries) batch.put(table, key, record);
          noteAge(
            batch,
            written,
            entries.map(({ key }) => key),
          );
        },
        done() {
          for (const { id, kept } of entries) if (pending.get(id) === kept) pending.delete(id);
        },
      };
    },

    forget(batch, before, oldest = Number.POSITIVE_INFINITY, limit) {
      let count = 0;
      let looked = 0;
      for (const { key: age, value } of ages.from()) {
        const written = age.readUIntBE(0, TIME_BYTES);
        // What stands behind one that is held back was written later, and is held back for the same reason.
        if (written >= before || value.readDoubleBE() >= oldest) return { count, more: false };
        if (looked >= limit) return { count, more: true };
        looked += AGED_TOGETHER;
        batch.remove(ages, age);
        for (const key of keysIn(value)) {
          const record = batch.get(table, key);
          // Written again since: it is listed elsewhere, and is as old as that.
          if (record === undefined || readSkeletonRecord(record)?.written !== written) continue;
          batch.remove(table, key);
          count += 1;
        }
      }
      return { count, more: false };
    },
  };
}

function keysIn(listed: Buffer): Buffer[] {
  const keys: Buffer[] = [];
  for (let at = POSITION_BYTES; at < listed.length; at += KEY_BYTES) keys.push(listed.subarray(at, at + KEY_BYTES));
  return keys;
}

function ageKey(written: number, key: Buffer): Buffer {
  const age = Buffer.alloc(TIME_BYTES + key.length);
  age.writeUIntBE(written, 0, TIME_BYTES);
  key.copy(age, TIME_BYTES);
  return age;
}
