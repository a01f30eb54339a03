/** Opens the journal that outlives its process: a directory with one LMDB file, for one process at a time. */
import { accessSync, chmodSync, constants, existsSync, mkdirSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CrewspanError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Journal } from '../journal.ts';
import { compact, copyOf, isWorthCompacting, mustCompact, removeCopy } from './compaction.ts';
import { storeUnwritable } from './faults.ts';
import { createLmdbJournal } from './journal.ts';
import { LOCK_NAME, lockDirectory } from './lock.ts';
import { assertNoDirectories } from './obstructions.ts';
import { checkPages } from './pages.ts';
import { openStore, type Store, sizeOf } from './store.ts';

export interface LmdbJournalOptions {
  readonly directory: string;
  /** The quota, over which `append` is refused. Default: none. */
  readonly maxBytes?: number;
  /** Into how many equal shares the quota is divided: one for each source. Default: 1, a source may take all of it. */
  readonly shares?: number;
  readonly log: Log;
  /** Called when a failing disk leaves the process unfit to go on: it should end, and be started again. */
  readonly onBroken?: (error: CrewspanError) => void;
}

/** The file of a store in its directory. */
export const STORE_FILE = 'journal.mdb';
/** With what LMDB puts beside it, and the copy that takes its place when it is compacted. */
const FILES = [STORE_FILE, copyOf(STORE_FILE)].flatMap(file => [file, `${file}-lock`]);
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
/** What an empty store takes. */
export const NEW_FILE_BYTES = 1024 * 1024;
const NEW_LOCK_BYTES = 64 * 1024;
/**
 * At first: LMDB maps more as the file grows. A process has 128 TiB of addresses at most, and LMDB dies where they do
 * not do.
 */
const MOST_MAPPED_BYTES = 2 ** 40;

/** Throws `CREWSPAN_STORE_*`; then nothing was changed. */
export async function openLmdbJournal(options: LmdbJournalOptions): Promise<Journal> {
  const directory = resolve(options.directory);
  prepare(directory);
  const lock = await lockDirectory(directory);
  try {
    const store = await openCompacted(join(directory, STORE_FILE), options);
    closeToOthers(directory);
    return createLmdbJournal({
      store,
      maxBytes: options.maxBytes ?? Number.POSITIVE_INFINITY,
      shares: options.shares ?? 1,
      log: options.log,
      onClosed: lock.release,
    });
  } catch (error) {
    await lock.release();
    throw error instanceof CrewspanError ? error : storeUnwritable(directory, error);
  }
}

/** Whatever the umask says: prompts lie in there. */
function prepare(directory: string): void {
  try {
    makeDirectory(directory);
    if (!statSync(directory).isDirectory()) throw new Error('it is not a directory');
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    if ((statSync(directory).mode & 0o777) !== DIRECTORY_MODE) chmodSync(directory, DIRECTORY_MODE);
  } catch (error) {
    throw storeUnwritable(directory, error);
  }
  // LMDB dies of one, without a word.
  assertNoDirectories(directory, [LOCK_NAME, ...FILES]);
}

/** One by one: Node's own way to make directories in one go never comes back below /proc. */
function makeDirectory(directory: string): void {
  if (existsSync(directory)) return;
  const above = dirname(directory);
  if (above !== directory) makeDirectory(above);
  try {
    mkdirSync(directory, { mode: DIRECTORY_MODE });
  } catch (error) {
    // Somebody else was ahead.
    if (!existsSync(directory)) throw error;
  }
}

function closeToOthers(directory: string): void {
  for (const name of readdirSync(directory))
    if (name.startsWith(STORE_FILE)) chmodSync(join(directory, name), FILE_MODE);
}

/** LMDB maps its files before it knows that there is room for them, and dies of it. */
function assertSpace(file: string): void {
  const wanted = (sizeOf(file) > 0 ? 0 : NEW_FILE_BYTES) + (sizeOf(`${file}-lock`) > 0 ? 0 : NEW_LOCK_BYTES);
  if (wanted === 0) return;
  const { bavail, bsize } = statfsSync(dirname(file));
  if (bavail * bsize < wanted) throw storeUnwritable(dirname(file), new Error('no space left on the disk'));
}

async function openCompacted(file: string, { maxBytes, log, onBroken }: LmdbJournalOptions): Promise<Store> {
  assertSpace(file);
  if (sizeOf(file) > 0) checkPages(file);
  removeCopy(file);
  const mapBytes = maxBytes === undefined ? undefined : Math.min(2 * maxBytes, MOST_MAPPED_BYTES);
  const options = { mapBytes, onBroken };
  const store = openStore(file, options);
  if (!mustCompact(store) && !isWorthCompacting(store)) return store;
  await compact(store, log);
  return openStore(file, options);
}
