/** The way of a command to a store: the store itself where nobody holds it, else the process that does. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CrewspanError } from '../errors.ts';
import { openLmdbJournal, STORE_FILE } from '../journal/lmdb/open.ts';
import type { Log } from '../log.ts';
import { createControlClient } from './client.ts';
import { createStoreOperations, type StoreOperations } from './operations.ts';

export interface StoreAccess {
  readonly operations: StoreOperations;
  /** A running process holds the store: what is erased may lie in free pages until it is started again. */
  readonly held: boolean;
  /** `erased`: the store is written anew without what was erased. */
  close(erased: boolean): Promise<void>;
}

/** Rejects with `CREWSPAN_STORE_*`. */
export async function accessStore(dataDir: string, log: Log): Promise<StoreAccess> {
  const directory = resolve(dataDir);
  if (!existsSync(join(directory, STORE_FILE))) {
    throw new CrewspanError(
      'CREWSPAN_STORE_MISSING',
      `There is no store in ${directory}. Set CREWSPAN_DATA_DIR to what serve uses.`,
    );
  }
  try {
    const journal = await openLmdbJournal({ directory, log });
    return {
      operations: createStoreOperations({ journal }),
      held: false,
      async close(erased) {
        await journal.close();
        // To open it is what compacts it.
        if (erased) await (await openLmdbJournal({ directory, log })).close();
      },
    };
  } catch (error) {
    if (!(error instanceof CrewspanError) || error.code !== 'CREWSPAN_STORE_LOCKED') throw error;
    return { operations: createControlClient(directory), held: true, close: async () => {} };
  }
}
