/** The skeletons: found by event, forgotten by time. */
import type { ExecutionKey, Position, Skeleton } from '../journal.ts';
import type { Batch } from './batch.ts';
import { footprint } from './charges.ts';
import { createEventKeys, KEY_BYTES, recordsUnder, startsWith } from './event-keys.ts';
import { readList, readSkeletonRecord, type StoredList, seal, sealList, skeletonHead } from './records.ts';
import type { Tables } from './tables.ts';

export interface SkeletonTables {
  get(execution: ExecutionKey, eventId: string, beside: string | undefined): Skeleton | undefined;
  /** Whether any of an execution is durable. */
  knows(execution: ExecutionKey): boolean;
  put(batch: Batch, skeletons: readonly Skeleton[], now: number): void;
  /** Removes those of an execution; answers how many. */
  erase(batch: Batch, execution: ExecutionKey): number;
  count(execution: ExecutionKey): number;
  /**
   * At most `limit` of those written before `before`, while no body at `oldest` or later was there. In a transaction of
   * its own: it has to see what is written again.
   */
  forget(batch: Batch, before: number, oldest: Position | undefined, limit: number): Forgotten;
}

export interface Forgotten {
  readonly count: number;
  readonly more: boolean;
}

/** Told of each record that is not what was written. */
export type OnDamaged = (table: 'skeletons' | 'ages', id: string) => void;

const TIME_BYTES = 6;
const NUMBER_BYTES = 6;
const MAX_TIME = 2 ** (8 * TIME_BYTES) - 1;
/** Two lists of so many keys fit on a page: one record for them costs much less than a record each. */
const LISTED_TOGETHER = 44;
const LISTED_BYTES = LISTED_TOGETHER * KEY_BYTES;
const NOTHING = new Uint8Array();

export function createSkeletonTables({ skeletons: table, ages }: Tables, onDamaged: OnDamaged): SkeletonTables {
  const keys = createEventKeys();

  /** Under the time, and with the last body that had come by then. `bytes`: what the skeletons take up. */
  function addList(batch: Batch, written: number, list: Pick<StoredList, 'source' | 'bytes' | 'keys'>): void {
    const { totals } = batch;
    totals.lastList += 1;
    const record = sealList({ ...list, position: totals.lastPosition }, batch.allocate);
    const { source, bytes } = list;
    batch.add(ages, listKey(written, totals.lastList), record, { source, bytes: footprint(record.length) + bytes });
  }

  /** Takes keys off the lists of that time; `erased`: what their skeletons took up. */
  function unlist(batch: Batch, written: number, erased: ReadonlyMap<string, number>): void {
    for (const { key: age } of ages.from(listKey(written, 0))) {
      if (age.readUIntBE(0, TIME_BYTES) !== written) return;
      const list = readList(batch.get(ages, age) ?? Buffer.alloc(0));
      if (list === undefined) continue;
      const kept: Buffer[] = [];
      let { bytes } = list;
      for (let at = 0; at < list.keys.length; at += KEY_BYTES) {
        const key = list.keys.subarray(at, at + KEY_BYTES);
        const gone = erased.get(key.toString('latin1'));
        if (gone === undefined) kept.push(key);
        else bytes -= gone;
      }
      if (kept.length === 0) batch.remove(ages, age);
      else batch.replace(ages, age, sealList({ ...list, bytes, keys: Buffer.concat(kept) }, batch.allocate));
    }
  }

  /** Removes those that were not written again since: they are listed elsewhere, and are as old as that. */
  function removeListed(batch: Batch, listed: Buffer, written: number): number {
    let count = 0;
    for (let at = 0; at < listed.length; at += KEY_BYTES) {
      const key = listed.subarray(at, at + KEY_BYTES);
      const record = batch.get(table, key);
      if (record === undefined || readSkeletonRecord(record)?.written !== written) continue;
      batch.remove(table, key);
      count += 1;
    }
    return count;
  }

  return {
    knows(execution) {
      const prefix = keys.prefix(execution);
      const first = table.firstKey(prefix);
      return first !== undefined && startsWith(first, prefix);
    },
    count: execution => [...recordsUnder(table, keys.prefix(execution))].length,

    erase(batch, execution) {
      const records = [...recordsUnder(table, keys.prefix(execution))];
      const byTime = new Map<number, Map<string, number>>();
      for (const { key, value } of records) {
        batch.remove(table, key);
        const written = readSkeletonRecord(value)?.written ?? 0;
        const bytes = byTime.get(written) ?? new Map<string, number>();
        byTime.set(written, bytes.set(key.toString('latin1'), footprint(value.length)));
      }
      for (const [written, bytes] of byTime) unlist(batch, written, bytes);
      return records.length;
    },

    get(execution, eventId, beside) {
      const key = keys.lookup(execution, eventId, beside);
      const record = table.peek(key);
      if (record === undefined) return undefined;
      const stored = readSkeletonRecord(record);
      if (stored === undefined) {
        onDamaged('skeletons', key.toString('hex'));
        return undefined;
      }
      const { operation } = stored;
      const { source, executionId } = execution;
      return { execution: { source, executionId }, eventId, beside, operation };
    },

    put(batch, skeletons, now) {
      const written = Math.min(Math.max(Math.trunc(now), 0), MAX_TIME);
      const head = skeletonHead(written, true);
      /** One and the same for all that stand for no operation. */
      const bare = seal(skeletonHead(written, false), NOTHING, batch.allocate);
      /** In one buffer, in their order: so those of a list are a part of it. */
      const all = batch.allocate(skeletons.length * KEY_BYTES);
      let start = 0;
      let end = 0;
      let bytes = 0;
      for (const [index, { execution, eventId, beside, operation }] of skeletons.entries()) {
        keys.write(all, end, execution, eventId, beside);
        const record = operation === undefined ? bare : seal(head, operation, batch.allocate);
        batch.add(table, all.subarray(end, end + KEY_BYTES), record, undefined);
        end += KEY_BYTES;
        bytes += footprint(record.length);
        const { source } = execution;
        if (end - start < LISTED_BYTES && skeletons[index + 1]?.execution.source === source) continue;
        addList(batch, written, { source, bytes, keys: all.subarray(start, end) });
        start = end;
        bytes = 0;
      }
    },

    forget(batch, before, oldest = Number.POSITIVE_INFINITY, limit) {
      let count = 0;
      let looked = 0;
      for (const { key: age, value } of ages.from()) {
        const written = age.readUIntBE(0, TIME_BYTES);
        if (written >= before) break;
        const list = readList(value);
        // What stands behind one that is held back was written later, and is held back for the same reason.
        if (list !== undefined && list.position >= oldest) break;
        if (looked >= limit) return { count, more: true };
        looked += LISTED_TOGETHER;
        if (list === undefined) onDamaged('ages', age.toString('hex'));
        else count += removeListed(batch, list.keys, written);
        batch.remove(ages, age);
      }
      return { count, more: false };
    },
  };
}

function listKey(written: number, number: number): Buffer {
  const key = Buffer.alloc(TIME_BYTES + NUMBER_BYTES);
  key.writeUIntBE(written, 0, TIME_BYTES);
  key.writeUIntBE(number, TIME_BYTES, NUMBER_BYTES);
  return key;
}
