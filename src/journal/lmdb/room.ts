/** The quota, and the log's word on a disk that is full. */
import type { Log } from '../../telemetry/log.ts';
import { overQuota } from './faults.ts';
import type { Store } from './store.ts';

export interface Room {
  /** Throws `CREWSPAN_JOURNAL_FULL` where `bytes` more do not fit; answers how to leave again, written or not. */
  enter(bytes: number): () => void;
  /** After each transaction, with why it failed if it did. */
  committed(failure: unknown): void;
}

export interface RoomOptions {
  readonly store: Store;
  readonly maxBytes: number;
  readonly log: Log;
}

export function createRoom({ store, maxBytes, log }: RoomOptions): Room {
  let used = store.usedBytes();
  let underWay = 0;
  let failing = false;

  return {
    enter(bytes) {
      if (used + underWay + bytes > maxBytes) throw overQuota(used + underWay, maxBytes, bytes);
      underWay += bytes;
      return () => {
        underWay -= bytes;
      };
    },

    committed(failure) {
      if (failure === undefined) {
        used = store.usedBytes();
        if (failing) log.info('the store takes writes again');
        failing = false;
        return;
      }
      if (!failing) log.error({ err: failure }, 'the store takes no more; trying again with whatever comes');
      failing = true;
    },
  };
}
