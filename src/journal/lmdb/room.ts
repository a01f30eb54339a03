/** What may still be appended: by the quota, and by what is left of the disk. */
import type { Log } from '../../telemetry/log.ts';
import { diskFull, overQuota } from './faults.ts';
import { availableAt, type Reserve } from './reserve.ts';
import { type Store, sizeOf } from './store.ts';

export interface Room {
  /** Throws `CREWSPAN_JOURNAL_FULL` where `bytes` more do not fit; answers how to leave again, written or not. */
  enter(bytes: number): () => void;
  /** Before each transaction: a disk that is all but full gets room, for it must not fail. */
  prepare(): void;
  /** After each transaction, with why it failed if it did. */
  committed(failure: unknown): void;
  /** The disk took no transaction that is needed to go on; answers whether it is worth another try. */
  make(): boolean;
}

export interface RoomOptions {
  readonly store: Store;
  readonly reserve: Reserve;
  readonly maxBytes: number;
  readonly log: Log;
}

/** What a transaction writes beside its records: the pages on the way to them. */
const MARGIN_BYTES = 512 * 1024;

export function createRoom({ store, reserve, maxBytes, log }: RoomOptions): Room {
  let used = store.usedBytes();
  let underWay = 0;
  let failing = false;
  reserve.restore();

  const freeInFile = (): number => sizeOf(store.file) - used - underWay;
  const hasSpace = (bytes: number): boolean => availableAt(store.file) >= underWay + bytes || freeInFile() >= bytes;

  /** Without the reserve, free pages in the file itself have to serve as one. */
  const diskTakes = (bytes: number): boolean =>
    reserve.restore() ? hasSpace(bytes + MARGIN_BYTES) : freeInFile() >= bytes + reserve.bytes;

  return {
    enter(bytes) {
      if (used + underWay + bytes > maxBytes) throw overQuota(used + underWay, maxBytes, bytes);
      if (!diskTakes(bytes)) throw diskFull(store.file, bytes);
      underWay += bytes;
      return () => {
        underWay -= bytes;
      };
    },

    prepare() {
      if (reserve.isThere && !hasSpace(MARGIN_BYTES)) reserve.release();
    },

    committed(failure) {
      if (failure === undefined) {
        used = store.usedBytes();
        if (failing) log.info('the store takes writes again');
        failing = false;
        return;
      }
      if (!failing) log.error({ reason: String(failure) }, 'the store takes no more; trying again with whatever comes');
      failing = true;
    },

    make: () => reserve.release(),
  };
}
