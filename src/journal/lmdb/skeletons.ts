/** The skeletons: found by event, forgotten by time. */
import type { ExecutionKey, Position, Skeleton } from '../journal.ts';
import type { Batch } from './batch.ts';
import { footprint } from './charges.ts';
import { createEventKeys, KEY_BYTES, recordsOf } from './event-keys.ts';
import { readList, readSkeletonRecord, seal, sealList, skeletonHead } from './records.ts';
import type { Tables } from './tables.ts';

export interface SkeletonTables {
  get(execution: ExecutionKey, eventId: string): Skeleton | undefined;
  /** Whether any of an execution is durable. */
  knows(execution: ExecutionKey): boolean;
  /** Copies the skeletons, now; puts them in when the transaction is put together. */
  putting(skeletons: readonly Skeleton[], now: number): (batch: Batch) => void;
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

interface List {
  readonly source: string;
  /** Where its keys stand among all. */
  readonly start: number;
  end: number;
  /** What its skeletons take up. */
  bytes: number;
}

interface Gathered {
  readonly keys: Buffer;
  readonly entries: readonly { readonly key: Buffer; readonly record: Buffer }[];
  readonly lists: readonly List[];
}

/** Told of each record that is not what was written. */
export type OnDamaged = (table: 'skeletons' | 'ages', id: string) => void;

const TIME_BYTES = 6;
const NUMBER_BYTES = 6;
const MAX_TIME = 2 ** (8 * TIME_BYTES) - 1;
/** Two lists of so many keys fit on a page: one record for them costs much less than a record each. */
const LISTED_TOGETHER = 64;
const LISTED_BYTES = LISTED_TOGETHER * KEY_BYTES;

export function createSkeletonTables({ skeletons: table, ages }: Tables, onDamaged: OnDamaged): SkeletonTables {
  const keys = createEventKeys();

  /** All keys in one buffer, in their order: so those of a list are a part of it. */
  function gathered(skeletons: readonly Skeleton[], written: number): Gathered {
    const bytes = Buffer.allocUnsafe(skeletons.length * KEY_BYTES);
    const head = skeletonHead(written, true);
    /** One and the same for all that stand for no operation. */
    const bare = seal(skeletonHead(written, false));
    const entries: Gathered['entries'][number][] = [];
    const lists: List[] = [];
    let list: List | undefined;
    let at = 0;
    for (const { execution, eventId, operation } of skeletons) {
      const end = at + KEY_BYTES;
      keys.write(bytes, at, execution, eventId);
      const record = operation === undefined ? bare : seal(head, operation);
      entries.push({ key: bytes.subarray(at, end), record });
      if (list === undefined || list.end - list.start === LISTED_BYTES || list.source !== execution.source) {
        list = { source: execution.source, start: at, end: at, bytes: 0 };
        lists.push(list);
      }
      list.end = end;
      list.bytes += footprint(record.length);
      at = end;
    }
    return { keys: bytes, entries, lists };
  }

  /** Under the time, and with the last body that had come by then. */
  function addList(batch: Batch, written: number, keys: Buffer, { source, start, end, bytes }: List): void {
    const { totals } = batch;
    totals.lastList += 1;
    const record = sealList({ bytes, position: totals.lastPosition, source, keys: keys.subarray(start, end) });
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
      else batch.replace(ages, age, sealList({ ...list, bytes, keys: Buffer.concat(kept) }));
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
    knows: execution => recordsOf(table, execution).next().done !== true,
    count: execution => [...recordsOf(table, execution)].length,

    erase(batch, execution) {
      const records = [...recordsOf(table, execution)];
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

    get(execution, eventId) {
      const key = keys.of(execution, eventId);
      const record = table.get(key);
      if (record === undefined) return undefined;
      const stored = readSkeletonRecord(record);
      if (stored === undefined) {
        onDamaged('skeletons', key.toString('hex'));
        return undefined;
      }
      const { operation } = stored;
      const { source, executionId } = execution;
      return { execution: { source, executionId }, eventId, ...(operation && { operation }) };
    },

    putting(skeletons, now) {
      const written = Math.min(Math.max(Math.trunc(now), 0), MAX_TIME);
      const group = gathered(skeletons, written);
      return batch => {
        for (const { key, record } of group.entries) batch.add(table, key, record, undefined);
        for (const list of group.lists) addList(batch, written, group.keys, list);
      };
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
