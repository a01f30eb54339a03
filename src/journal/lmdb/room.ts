/** What may still be written: by the quota, and by what there is of the disk. */
import { type Log, rateLimited } from '../../telemetry/log.ts';
import { overQuota, overShare } from '../full.ts';
import { footprint } from './charges.ts';
import { createExtent } from './extent.ts';
import { diskFull } from './faults.ts';
import { readShare } from './records.ts';
import type { Change, Store, TreeSize, Usage } from './store.ts';
import type { TableKey, TableName } from './tables.ts';

/**
 * `adding`: takes up space and can be refused. `freeing`: will make room, now or later. A reserve is kept for that: a full
 * disk would take no settlement any more, and nothing else makes room.
 */
export type Purpose = 'adding' | 'freeing';

export interface Room {
  /**
   * Throws `CREWSPAN_JOURNAL_FULL` where a body of that many bytes is over the quota, or over the share of its source;
   * answers how to leave, written or not.
   */
  enter(source: string, bodyBytes: number): () => void;
  /** Before each transaction: rejects with `CREWSPAN_JOURNAL_FULL` where the disk may not have room for it. */
  assure(purpose: Purpose, changes: Iterable<Change>): Promise<void>;
  /** What the quota is measured against: what is in use of the file, without what is still to be written. */
  readonly usedBytes: number;
  /** After each transaction, with why it failed if it did. */
  committed(failure: unknown): void;
}

export interface RoomOptions {
  readonly store: Store;
  readonly maxBytes: number;
  /** Into how many equal shares it is divided, one for each source. 1: a source may take all of it. */
  readonly shares: number;
  readonly log: Log;
}

/** A settlement is as large as what settled within a moment, but of parts that are bounded. */
const RESERVE_BYTES = 8 * 1024 * 1024;
/** Of the quota, at most, what is no source's: roots of the tables, what spans of a resource have in common. */
const COMMON_BYTES = 1024 * 1024;
/** On a full disk, transactions that make room go through and others fail, in turns. */
const CHANGES_LOGGED_EVERY_MS = 30_000;
/** Pages of the way to a record, and of the list of free pages. */
const PAGES_A_TABLE = 8;
const PAGES_A_TRANSACTION = 64;

export function createRoom({ store, maxBytes, shares, log }: RoomOptions): Room {
  const extent = createExtent(store.file);
  const reserve = Math.min(RESERVE_BYTES, Math.floor(maxBytes / 16));
  let usage = store.usage();
  const share = Math.floor((maxBytes - Math.min(COMMON_BYTES, maxBytes / 16)) / shares);
  const underWay = new Map<string, number>();
  const say = rateLimited(log, CHANGES_LOGGED_EVERY_MS);
  let failing = false;

  function add(source: string, bytes: number): void {
    const left = (underWay.get(source) ?? 0) + bytes;
    if (left === 0) underWay.delete(source);
    else underWay.set(source, left);
  }

  return {
    enter(source, bodyBytes) {
      const bytes = footprint(bodyBytes);
      if (shares > 1) {
        const own = readShare(store.tables.shares.get(Buffer.from(source))) + (underWay.get(source) ?? 0);
        if (own + bytes > share) throw overShare(source, own, share, bytes);
      }
      const used = [...underWay.values()].reduce((sum, more) => sum + more, usage.usedBytes);
      if (used + bytes > maxBytes) throw overQuota(used, maxBytes, bytes);
      add(source, bytes);
      return () => add(source, -bytes);
    },

    get usedBytes() {
      return usage.usedBytes;
    },

    async assure(purpose, changes) {
      const { usedBytes, endBytes } = usage;
      const { pagesBytes, runsBytes } = needs(changes, usage);
      const wanted = pagesBytes + (purpose === 'adding' ? reserve : 0);
      await extent.extendTo(endBytes + pagesBytes + reserve);
      const behind = extent.bytes() - endBytes;
      // Single pages may come from among the free ones; those that have to lie together, from behind them for sure.
      if (behind < runsBytes || behind + endBytes - usedBytes < wanted) throw diskFull(store.file);
    },

    committed(failure) {
      if (failure === undefined) usage = store.usage();
      if (failing === (failure !== undefined)) return;
      failing = failure !== undefined;
      if (failing) {
        const reason = String(failure);
        say('failing', { reason }, 'the store takes no more; trying again with whatever comes', 'error');
      } else say('again', {}, 'the store takes writes again', 'info');
    },
  };
}

interface Sums {
  readonly keys: TableKey[];
  bytes: number;
}

/** What a transaction may need: each page that it touches is written to a new place. */
function needs(changes: Iterable<Change>, { pageSize, trees }: Usage): { pagesBytes: number; runsBytes: number } {
  const tables = new Map<TableName, Sums>();
  let runs = 0;
  for (const { table, key, value } of changes) {
    const sums = tables.get(table) ?? { keys: [], bytes: 0 };
    tables.set(table, sums);
    sums.keys.push(key);
    const bytes = (value?.length ?? 0) + (typeof key === 'number' ? 8 : key.length);
    if (bytes > pageSize / 3) runs += Math.ceil(bytes / pageSize) + 1;
    else sums.bytes += 2 * bytes;
  }
  let pages = PAGES_A_TRANSACTION + runs;
  for (const [table, { keys, bytes }] of tables) {
    pages += PAGES_A_TABLE + Math.ceil(bytes / pageSize) + touched(keys, trees.get(table));
  }
  return { pagesBytes: pages * pageSize, runsBytes: runs * pageSize };
}

/** Pages that hold the keys already, or those next to them. Numbers next to each other lie on the same page. */
function touched(keys: readonly TableKey[], tree: TreeSize | undefined): number {
  if (tree === undefined || tree.pages === 0) return 0;
  const onOnePage = Math.max(1, Math.floor(tree.entries / tree.pages));
  const places = new Set(keys.map(key => (typeof key === 'number' ? Math.floor(key / onOnePage) : key)));
  return Math.min(places.size + 1, tree.pages);
}
