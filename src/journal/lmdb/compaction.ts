/** LMDB's file never shrinks. Where most of it has become free, it is written anew at the start, before it is in use. */
import { chmodSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Log } from '../../log.ts';
import { ERASED_KEY, type Store, sizeOf, sync } from './store.ts';
import { openDatabases, openEnvironment, type Table, type TableKey } from './tables.ts';

/** What was erased must not stay behind in free pages. */
export const mustCompact = (store: Store): boolean => store.tables.meta.get(ERASED_KEY) !== undefined;

/** Less than that is not worth the writing. */
const WORTHWHILE_BYTES = 16 * 1024 * 1024;
/** Copied in one transaction. */
const AT_ONCE_BYTES = 1024 * 1024;

export const isWorthCompacting = (store: Store): boolean => {
  const size = sizeOf(store.file);
  return size - store.usage().usedBytes > Math.max(WORTHWHILE_BYTES, size / 2);
};

/** Of a copy that was broken off. */
export function removeCopy(file: string): void {
  for (const name of [copyOf(file), `${copyOf(file)}-lock`]) rmSync(name, { force: true });
}

export const copyOf = (file: string): string => `${file}.compacting`;

/**
 * Takes the place of the file only when all of it is on disk. Where that is not possible (no room for the copy), the
 * file stays as it is. Closes the store in any case.
 */
export async function compact(store: Store, log: Log): Promise<void> {
  const { file } = store;
  const before = sizeOf(file);
  try {
    await copy(store, copyOf(file));
  } catch (error) {
    log.warn({ err: error, bytes: before }, 'the store could not be compacted; going on with it as it is');
    await store.close();
    removeCopy(file);
    return;
  }
  await store.close();
  renameSync(copyOf(file), file);
  sync(dirname(file));
  removeCopy(file);
  log.info({ before, after: sizeOf(file) }, 'compacted the store');
}

async function copy(store: Store, target: string): Promise<void> {
  removeCopy(store.file);
  const root = openEnvironment(target);
  try {
    const databases = openDatabases(target, root);
    const tables: readonly Pick<Table<TableKey>, 'name' | 'from'>[] = Object.values(store.tables);
    for (const table of tables) {
      const write = (records: readonly Readonly<{ key: TableKey; value: Buffer }>[]): void =>
        root.transactionSync(() => {
          for (const { key, value } of records) databases[table.name].putSync(key, value);
        });
      let waiting: { readonly key: TableKey; readonly value: Buffer }[] = [];
      let bytes = 0;
      for (const record of table.from()) {
        if (record.key === ERASED_KEY) continue;
        waiting.push(record);
        bytes += record.value.length;
        if (bytes < AT_ONCE_BYTES) continue;
        write(waiting);
        waiting = [];
        bytes = 0;
      }
      write(waiting);
    }
  } finally {
    await root.close();
  }
  chmodSync(target, 0o600);
  sync(target);
}
