/** The skeletons: found by event, forgotten by time, and seen from the moment that their settlement is handed in. */
import type { ExecutionKey, Position, Skeleton } from '../journal.ts';
import type { Batch } from './batch.ts';
import { createEventKeys, recordsOf } from './event-keys.ts';
import { readSkeletonRecord, sealSkeleton } from './records.ts';
import type { Tables } from './tables.ts';

export interface SkeletonTables {
  get(execution: ExecutionKey, eventId: string): Skeleton | undefined;
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

export function createSkeletonTables(
  { skeletons: table, ages }: Tables,
  onDamaged: (id: string) => void,
): SkeletonTables {
  const pending = new Map<string, Skeleton>();
  const keyOf = createEventKeys();

  return {
    count: execution => [...recordsOf(table, execution)].length,

    erase(batch, execution) {
      const records = [...recordsOf(table, execution)];
      for (const { key, value } of records) {
        batch.remove(table, key);
        const written = readSkeletonRecord(value)?.written;
        if (written !== undefined) batch.remove(ages, ageKey(written, key));
      }
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
          const position = Buffer.alloc(8);
          position.writeDoubleBE(batch.totals.lastPosition);
          for (const { key, record } of entries) {
            batch.put(table, key, record);
            batch.put(ages, ageKey(written, key), position);
          }
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
        if (looked === limit) return { count, more: true };
        looked += 1;
        batch.remove(ages, age);
        const key = age.subarray(TIME_BYTES);
        const record = batch.get(table, key);
        // Written again since: it has another entry here, and is as old as that one.
        if (record === undefined || readSkeletonRecord(record)?.written !== written) continue;
        batch.remove(table, key);
        count += 1;
      }
      return { count, more: false };
    },
  };
}

function ageKey(written: number, key: Buffer): Buffer {
  const age = Buffer.alloc(TIME_BYTES + key.length);
  age.writeUIntBE(written, 0, TIME_BYTES);
  key.copy(age, TIME_BYTES);
  return age;
}
