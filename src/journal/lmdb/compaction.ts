/** LMDB's file never shrinks. Where most of it has become free, it is written anew at the start, before it is in use. */
import { chmodSync, closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Log } from '../../telemetry/log.ts';
import { type Store, sizeOf, syncDirectory } from './store.ts';
import { openEnvironment, openTables } from './tables.ts';

/** Less than that is not worth the writing. */
const WORTHWHILE_BYTES = 16 * 1024 * 1024;
/** Records copied in one transaction. */
const AT_ONCE = 1_000;

export const isWorthCompacting = (store: Store): boolean => {
  const size = sizeOf(store.file);
  return size - store.usedBytes() > Math.max(WORTHWHILE_BYTES, size / 2);
};

/** Of a copy that was broken off. */
export function removeCopy(file: string): void {
  for (const name of [copyOf(file), `${copyOf(file)}-lock`]) rmSync(name, { force: true });
}

const copyOf = (file: string): string => `${file}.compacting`;

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
  syncDirectory(dirname(file));
  removeCopy(file);
  log.info({ before, after: sizeOf(file) }, 'compacted the store');
}

async function copy(store: Store, target: string): Promise<void> {
  removeCopy(store.file);
  const root = openEnvironment(target);
  try {
    const tables = openTables(target, root);
    for (const [name, table] of Object.entries(tables)) {
      const source = Object.values(store.tables).find(candidate => candidate.name === name);
      let waiting: (() => void)[] = [];
      const flush = (): void => {
        const writes = waiting;
        waiting = [];
        root.transactionSync(() => {
          for (const write of writes) write();
        });
      };
      for (const { key, value } of source?.from() ?? []) {
        waiting.push(() => void Reflect.apply(table.database.putSync, table.database, [key, value]));
        if (waiting.length === AT_ONCE) flush();
      }
      flush();
    }
  } finally {
    await root.close();
  }
  chmodSync(target, 0o600);
  const descriptor = openSync(target, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
