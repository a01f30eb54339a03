/** Directories that stand in the way of the files and sockets of a store. */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { storeObstructed } from './faults.ts';

/**
 * Throws `CREWSPAN_STORE_UNWRITABLE` where one of them is a directory: that cannot be cleared away, and is nobody's to
 * clear.
 */
export function assertNoDirectories(directory: string, names: readonly string[]): void {
  for (const name of names) {
    const path = join(directory, name);
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) throw storeObstructed(path);
  }
}
