/** One open LMDB file with its tables: its format, its transactions, and what it takes of the disk. */
import { closeSync, fsyncSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { CrewspanError } from '../../errors.ts';
import { commitFailed, reading, storeDamaged, storeFormat } from './faults.ts';
import { readTotals, sealTotals, type Totals } from './records.ts';
import {
  type AnyTable,
  type Environment,
  META,
  openEnvironment,
  openTables,
  type TableKey,
  type Tables,
} from './tables.ts';

/** Raised whenever an older version could not read what is written any more. */
const FORMAT = '1';
const FORMAT_KEY = 'format';
const TOTALS_KEY = 'totals';
const EMPTY: Totals = { lastPosition: 0, lastKey: 0, bytes: 0, bodies: 0, undelivered: 0, deadLetters: 0 };

export interface Change {
  readonly table: AnyTable;
  readonly key: TableKey;
  /** `undefined`: the record goes. */
  readonly value: Buffer | undefined;
}

export interface Store {
  readonly file: string;
  readonly tables: Tables;
  /** As the last transaction left them. */
  readTotals(): Totals;
  /** One transaction, on disk when it resolves. Rejects with `CREWSPAN_JOURNAL_FULL` or `CREWSPAN_STORE_DAMAGED`. */
  commit(changes: Iterable<Change>, totals: Totals): Promise<void>;
  /** What is in use; the file is as large as this ever was. */
  usedBytes(): number;
  close(): Promise<void>;
}

/** Opens the store in `file`, a new one where there is none. */
export function openStore(file: string, mapBytes?: number): Store {
  const root = openEnvironment(file, mapBytes);
  try {
    if (isNew(file, root)) writeFormat(file, root);
    return storeOf(file, root, openTables(file, root));
  } catch (error) {
    void root.close();
    throw error;
  }
}

function storeOf(file: string, root: Environment, tables: Tables): Store {
  const all: readonly AnyTable[] = Object.values(tables);
  let broken: CrewspanError | undefined;

  function write({ table, key, value }: Change): void {
    const database = table.database as AnyTable['database'] & {
      put(key: TableKey, value: Buffer): Promise<boolean>;
    } & {
      remove(key: TableKey): Promise<boolean>;
    };
    void (value === undefined ? database.remove(key) : database.put(key, value));
  }

  /** After a write to the root itself failed, LMDB refuses everything, and a further transaction would never end. */
  function isUsable(): boolean {
    try {
      root.resetReadTxn();
      return tables.meta.get(FORMAT_KEY) !== undefined;
    } catch {
      return false;
    }
  }

  return {
    file,
    tables,

    readTotals() {
      const record = tables.meta.get(TOTALS_KEY);
      const totals = record && readTotals(record);
      if (totals === undefined) throw storeDamaged(file, 'the record of its totals is not what was written');
      return totals;
    },

    async commit(changes, totals) {
      if (broken !== undefined) throw broken;
      try {
        await root.batch(() => {
          for (const change of changes) write(change);
          write({ table: tables.meta, key: TOTALS_KEY, value: sealTotals(totals) });
        });
      } catch (error) {
        const cause = await causeOf(error);
        if (isUsable()) throw commitFailed(file, cause);
        broken = storeDamaged(file, `the disk failed (${String(cause)}), and crewspan has to be started again`, cause);
        throw broken;
      }
    },

    usedBytes() {
      const pages = all.map(({ database }) => pagesOf(database.getStats()));
      const stats = root.getStats() as Record<string, unknown>;
      return (
        [...pages, pagesOf(stats['root']), pagesOf(stats['free']), META_PAGES].reduce((a, b) => a + b) *
        pageSizeOf(stats)
      );
    },

    close: () => root.close(),
  };
}

const META_PAGES = 2;

function pagesOf(stats: unknown): number {
  return (
    numberIn(stats, 'treeBranchPageCount') + numberIn(stats, 'treeLeafPageCount') + numberIn(stats, 'overflowPages')
  );
}

const pageSizeOf = (stats: unknown): number => numberIn(stats, 'pageSize');

function numberIn(stats: unknown, name: string): number {
  const value: unknown = typeof stats === 'object' && stats !== null && name in stats ? Reflect.get(stats, name) : 0;
  return typeof value === 'number' ? value : 0;
}

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
function isNew(file: string, root: Environment): boolean {
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
      meta.putSync(TOTALS_KEY, sealTotals(EMPTY));
    });
  } catch (error) {
    throw error instanceof CrewspanError ? error : commitFailed(file, error);
  }
  syncDirectory(dirname(file));
}

/** So that the name of a new file is as durable as what is in it. */
export function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

export const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
