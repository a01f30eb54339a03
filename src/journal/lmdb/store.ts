/** One open LMDB file with its tables: its format, its transactions, and what it takes of the disk. */
import { closeSync, fsyncSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { CrewspanError } from '../../errors.ts';
import { propertyOf } from '../../property.ts';
import { commitFailed, reading, storeBroken, storeDamaged, storeFormat } from './faults.ts';
import { readTotals, sealTotals, type Totals } from './records.ts';
import {
  type Databases,
  type Environment,
  openDatabases,
  openEnvironment,
  type TableKey,
  type TableName,
  type Tables,
  tablesOver,
} from './tables.ts';

/** Raised whenever an older version could not read what is written any more. */
const FORMAT = '6';
export const META: TableName = 'meta';
const FORMAT_KEY = 'format';
export const TOTALS_KEY = 'totals';
/** There since something was erased: what it was may still lie in free pages. */
export const ERASED_KEY = 'erased';
const EMPTY: Totals = { lastPosition: 0, lastKey: 0, lastList: 0, bodies: 0, undelivered: 0, deadLetters: 0 };

export interface Change {
  readonly table: TableName;
  readonly key: TableKey;
  /** `undefined`: the record goes. */
  readonly value: Buffer | undefined;
}

export interface TreeSize {
  readonly entries: number;
  /** Without those that hold nothing but a single large record. */
  readonly pages: number;
}

/** Of the file, as the last transaction left it. */
export interface Usage {
  readonly pageSize: number;
  readonly usedBytes: number;
  /** Behind the last page that was ever in use. */
  readonly endBytes: number;
  readonly trees: ReadonlyMap<string, TreeSize>;
}

export interface Store {
  readonly file: string;
  readonly tables: Tables;
  /** As the last transaction left them. */
  readTotals(): Totals;
  /** One transaction, on disk when it resolves. Rejects with `CREWSPAN_JOURNAL_FULL` or `CREWSPAN_STORE_DAMAGED`. */
  commit(changes: readonly Change[]): Promise<void>;
  usage(): Usage;
  /** Behind the last page that was ever in use: of the usage, what costs least to learn. */
  endBytes(): number;
  close(): Promise<void>;
}

interface Opened {
  readonly root: Environment;
  readonly databases: Databases;
}

export interface StoreOptions {
  /** How much of the file LMDB maps into memory at first. */
  readonly mapBytes?: number | undefined;
  /** Called once, when the process can use the store no more and should be started again. */
  readonly onBroken?: ((error: CrewspanError) => void) | undefined;
}

/** Opens the store in `file`, a new one where there is none. */
export function openStore(file: string, { mapBytes, onBroken }: StoreOptions = {}): Store {
  let opened = openFile(file, mapBytes);
  let broken: CrewspanError | undefined;
  const tables = tablesOver(file, () => opened.databases);

  /** One promise serves the whole batch: that of `batch` itself. */
  function transact(changes: readonly Change[]): Promise<unknown> {
    const { root, databases } = opened;
    return root.batch(() => {
      for (const { table, key, value } of changes) {
        void (value === undefined ? databases[table].remove(key) : databases[table].put(key, value));
      }
    });
  }

  async function failed(error: unknown): Promise<never> {
    const cause = await causeOf(error);
    await openAnew(cause);
    throw broken ?? commitFailed(file, cause);
  }

  /**
   * After a transaction that failed, LMDB is not to be trusted with another one: its lists of free pages in memory are
   * those of the failed one, and after a failed write of the root it would wait forever.
   */
  async function openAnew(cause: unknown): Promise<void> {
    try {
      if (mayHaveOverwritten(cause)) throw cause;
      await opened.root.close();
      opened = openFile(file, mapBytes);
    } catch (error) {
      broken = storeBroken(file, error);
      onBroken?.(broken);
    }
  }

  return {
    file,
    tables,

    readTotals() {
      return totalsIn(file, tables.meta.get(TOTALS_KEY));
    },

    async commit(changes) {
      if (broken !== undefined) throw broken;
      try {
        await transact(changes);
      } catch (error) {
        await failed(error);
      }
    },

    usage() {
      const { root, databases } = opened;
      const stats: unknown = root.getStats();
      const tables = Object.entries(databases).map(([name, database]): [string, unknown] => [
        name,
        database.getStats(),
      ]);
      const all = [...tables.map(([, tree]) => tree), propertyOf(stats, 'root'), propertyOf(stats, 'free')];
      const pages = all.map(tree => treePages(tree) + numberIn(tree, 'overflowPages'));
      const pageSize = numberIn(stats, 'pageSize');
      return {
        pageSize,
        usedBytes: pages.reduce((sum, more) => sum + more, META_PAGES) * pageSize,
        endBytes: endBytes(stats),
        trees: new Map(
          tables.map(([name, tree]) => [name, { entries: numberIn(tree, 'entryCount'), pages: treePages(tree) }]),
        ),
      };
    },

    endBytes: () => endBytes(opened.root.getStats()),

    close: () => opened.root.close(),
  };
}

/** `record`: that of the totals. */
export function totalsIn(file: string, record: Buffer | undefined): Totals {
  const totals = record && readTotals(record);
  if (totals === undefined) throw storeDamaged(file, 'the record of its totals is not what was written');
  return totals;
}

function openFile(file: string, mapBytes: number | undefined): Opened {
  const root = openEnvironment(file, mapBytes);
  try {
    if (isNew(file, root)) writeFormat(file, root);
    return { root, databases: openDatabases(file, root) };
  } catch (error) {
    void root.close();
    throw error;
  }
}

const META_PAGES = 2;

function treePages(stats: unknown): number {
  return numberIn(stats, 'treeBranchPageCount') + numberIn(stats, 'treeLeafPageCount');
}

const endBytes = (stats: unknown): number => (numberIn(stats, 'lastPageNumber') + 1) * numberIn(stats, 'pageSize');

function numberIn(stats: unknown, name: string): number {
  const value = propertyOf(stats, name);
  return typeof value === 'number' ? value : 0;
}

/** LMDB puts its message of a write that failed as a whole into a buffer that is too short for it. */
const mayHaveOverwritten = (cause: unknown): boolean => String(cause).includes('Attempting to write');

/** LMDB says at first only that a commit failed; why, it says in a promise of its own, which nobody may leave alone. */
async function causeOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error;
  try {
    await error.commitError;
    return error;
  } catch (cause) {
    return cause;
  }
}

/** Refuses what it does not know before anything is written. */
export function isNew(file: string, root: Environment): boolean {
  const names = reading(file, () => [...root.getKeys()]);
  if (names.length === 0) return true;
  const meta = names.includes(META) ? root.openDB<Buffer, string>(META, { encoding: 'binary' }) : undefined;
  const format = reading(file, () => meta?.getBinary(FORMAT_KEY))?.toString();
  if (format === FORMAT) return false;
  // Nothing but the table itself: the process ended before it came to write the format.
  if (names.length === 1 && meta?.getCount() === 0) return true;
  throw storeFormat(file, format === undefined ? 'none of crewspan' : `of format ${format}`, `format ${FORMAT}`);
}

function writeFormat(file: string, root: Environment): void {
  const meta = root.openDB<Buffer, string>(META, { encoding: 'binary' });
  try {
    root.transactionSync(() => {
      meta.putSync(FORMAT_KEY, Buffer.from(FORMAT));
      meta.putSync(TOTALS_KEY, sealTotals(EMPTY, Buffer.allocUnsafe));
    });
  } catch (error) {
    throw error instanceof CrewspanError ? error : commitFailed(file, error);
  }
  sync(dirname(file));
}

/** Of a file; or of a directory, so that the name of a new file is as durable as what is in it. */
export function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

export const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
