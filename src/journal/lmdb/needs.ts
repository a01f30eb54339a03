/** What a transaction may need of the file, reckoned from what it is to change. */
import type { Change, TreeSize, Usage } from './store.ts';
import type { TableName } from './tables.ts';

/** At most. */
export interface Needs {
  /** Each page that is touched is written to a new place. */
  readonly pagesBytes: number;
  /** Of that, pages that have to lie together. */
  readonly runsBytes: number;
  /** Of that, what is in use afterwards that was not before: the others take the place of one. */
  readonly newBytes: number;
}

export const NOTHING: Needs = { pagesBytes: 0, runsBytes: 0, newBytes: 0 };

/** Pages of the way to a record, and of the list of free pages. */
const PAGES_A_TABLE = 8;
const PAGES_A_TRANSACTION = 64;

/** Of the records that one table is to take or to lose. */
interface Sums {
  readonly tree: TreeSize | undefined;
  /** Records that lie on one page of it, about. */
  readonly onOnePage: number;
  bytes: number;
  /** Where in the tree they lie: numbers next to each other are on the same page. */
  places: number;
  lastPlace: number;
}

function sumsOf(tree: TreeSize | undefined): Sums {
  const onOnePage = tree === undefined ? 1 : Math.max(1, Math.floor(tree.entries / Math.max(1, tree.pages)));
  return { tree, onOnePage, bytes: 0, places: 0, lastPlace: -1 };
}

/** `newBytes`: what may have come into use since `usage` was looked up. */
export function needsOf(changes: readonly Change[], { pageSize, trees }: Usage, newBytes: number): Needs {
  const tables = new Map<TableName, Sums>();
  let runs = 0;
  for (const { table, key, value } of changes) {
    const sums = tables.get(table) ?? sumsOf(trees.get(table));
    if (sums.places === 0) tables.set(table, sums);
    const place = typeof key === 'number' ? Math.floor(key / sums.onOnePage) : -1;
    if (place < 0 || place !== sums.lastPlace) sums.places += 1;
    sums.lastPlace = place;
    const bytes = (value?.length ?? 0) + (typeof key === 'number' ? 8 : key.length);
    if (bytes > pageSize / 3) runs += Math.ceil(bytes / pageSize) + 1;
    else sums.bytes += 2 * bytes;
  }
  let added = runs;
  let touched = 0;
  for (const { tree, bytes, places } of tables.values()) {
    added += Math.ceil(bytes / pageSize);
    // Pages that hold the keys already, or those next to them.
    if (tree !== undefined) touched += Math.min(places + 1, tree.pages + newBytes / pageSize);
  }
  const pages = PAGES_A_TRANSACTION + PAGES_A_TABLE * tables.size + added + touched;
  return { pagesBytes: pages * pageSize, runsBytes: runs * pageSize, newBytes: added * pageSize };
}
