/** What goes wrong in a store, in words for an operator. */
import { dirname } from 'node:path';
import { CrewspanError } from '../../errors.ts';
import { messageOf } from '../../thrown.ts';

/** Of LMDB where a page is not what it should be: MDB_PAGE_NOTFOUND to MDB_VERSION_MISMATCH, MDB_INCOMPATIBLE, ... */
const isDamage = (code: unknown): boolean => typeof code === 'number' && code <= -30_770;

/** An errno: no space, no permission, a disk that fails. */
const isOfSystem = (code: unknown): boolean => typeof code === 'number' && code > 0;

export function storeDamaged(file: string, what: string, cause?: unknown): CrewspanError {
  return new CrewspanError(
    'CREWSPAN_STORE_DAMAGED',
    `The store ${file} is damaged: ${what}. Nothing was changed. Restore the directory from a backup, or move it away to start with an empty one.`,
    { cause },
  );
}

export function storeUnwritable(directory: string, cause: unknown): CrewspanError {
  return new CrewspanError(
    'CREWSPAN_STORE_UNWRITABLE',
    `The store cannot be kept in ${directory}: ${wordsOf(cause)}. CREWSPAN_DATA_DIR should be a directory on a local disk that this user may write to.`,
    { cause },
  );
}

/** A directory has a name in the store's own that crewspan needs. */
export function storeObstructed(path: string): CrewspanError {
  return new CrewspanError(
    'CREWSPAN_STORE_UNWRITABLE',
    `The store cannot be kept in ${dirname(path)}: ${path} is a directory, and crewspan needs that name. Move it away, or set CREWSPAN_DATA_DIR to another directory.`,
  );
}

export function storeFormat(file: string, found: string, known: string): CrewspanError {
  return new CrewspanError(
    'CREWSPAN_STORE_FORMAT',
    `The store ${file} is ${found}; this version of crewspan knows ${known}. Nothing was changed. Start the version that wrote it, or set CREWSPAN_DATA_DIR to another directory.`,
  );
}

export function storeLocked(directory: string): CrewspanError {
  return new CrewspanError(
    'CREWSPAN_STORE_LOCKED',
    `The store in ${directory} is in use by another crewspan. Each process needs its own CREWSPAN_DATA_DIR.`,
  );
}

/** The file could not be made as long as a transaction may need it. */
export function notExtended(file: string, cause: unknown): CrewspanError {
  if (cause !== undefined && codeOf(cause) !== 'ENOSPC') return notTaken(file, cause);
  return new CrewspanError(
    'CREWSPAN_JOURNAL_FULL',
    `The disk of ${file} is full. crewspan resumes by itself as soon as there is room.`,
    { cause },
  );
}

export function storeBroken(file: string, cause: unknown): CrewspanError {
  return new CrewspanError(
    'CREWSPAN_STORE_DAMAGED',
    `The disk failed in the middle of a transaction on ${file}: ${wordsOf(cause)}. What was accepted is on disk. Restart crewspan.`,
    { cause },
  );
}

/** A transaction that LMDB could not commit: as a rule because the disk is full, which shows as EIO too. */
export function commitFailed(file: string, cause: unknown): CrewspanError {
  return isDamage(codeOf(cause)) ? storeDamaged(file, wordsOf(cause), cause) : notTaken(file, cause);
}

function notTaken(file: string, cause: unknown): CrewspanError {
  return new CrewspanError(
    'CREWSPAN_JOURNAL_FULL',
    `The disk did not take what was to be written to ${file}: ${wordsOf(cause)}. It is probably full; crewspan resumes by itself as soon as there is room.`,
    { cause },
  );
}

/** Runs what reads the store; LMDB's own errors come out with a code. */
export function reading<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw readingFailed(file, error);
  }
}

/** LMDB's own error, with a code. */
export function readingFailed(file: string, error: unknown): CrewspanError {
  if (error instanceof CrewspanError) return error;
  return isOfSystem(codeOf(error)) ? storeUnwritable(dirname(file), error) : storeDamaged(file, wordsOf(error), error);
}

/** Of LMDB a number, of Node a word. */
function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** LMDB goes on, after a colon, with the addresses of its buffers. */
function wordsOf(error: unknown): string {
  return messageOf(error).replace(/: Attempting to write .*/s, '');
}
