/**
 * Group commit: while one transaction is on its way to the disk, what comes in gathers for the next. So one flush serves
 * all who wait, transactions follow each other in a known order, and one that failed is known to be the last.
 */
import { type Batch, createBatch } from './batch.ts';
import type { Totals } from './records.ts';
import type { Purpose, Room } from './room.ts';
import type { Store } from './store.ts';

export interface Writer {
  /** Runs `work` when its transaction is put together; resolves to its result when that is on disk. */
  write<T>(purpose: Purpose, work: (batch: Batch) => T): Promise<T>;
  /** As the last transaction left them. */
  readonly totals: Totals;
  /** Resolves when nothing is under way any more. */
  idle(): Promise<void>;
}

interface Request {
  readonly purpose: Purpose;
  /** Answers what to do once it is durable. */
  run(batch: Batch): () => void;
  reject(error: unknown): void;
}

export interface WriterOptions {
  readonly store: Store;
  readonly room: Pick<Room, 'assure' | 'committed'>;
}

export function createWriter({ store, room }: WriterOptions): Writer {
  let totals = store.readTotals();
  let waiting: Request[] = [];
  let running: Promise<void> | undefined;

  async function commit(requests: readonly Request[]): Promise<void> {
    const batch = createBatch(totals, store.tables.shares);
    const group: { request: Request; done: () => void }[] = [];
    for (const request of requests) {
      try {
        group.push({ request, done: batch.attempt(inner => request.run(inner)) });
      } catch (error) {
        request.reject(error);
      }
    }
    const adding = group.filter(({ request }) => request.purpose === 'adding');
    try {
      if (!batch.isEmpty) {
        await room.assure(adding.length > 0 ? 'adding' : 'freeing', batch.changes());
        await store.commit(batch.changes(), batch.totals);
      }
    } catch (error) {
      room.committed(error);
      // What frees room is tried once more without what was only adding.
      const freeing = adding.length > 0 ? group.filter(each => !adding.includes(each)) : [];
      for (const each of group) if (!freeing.includes(each)) each.request.reject(error);
      if (freeing.length > 0) await commit(freeing.map(({ request }) => request));
      return;
    }
    totals = { ...batch.totals };
    room.committed(undefined);
    for (const { done } of group) done();
  }

  async function run(): Promise<void> {
    // Whoever comes in the same turn still gets on.
    await undefined;
    while (waiting.length > 0) {
      const requests = waiting;
      waiting = [];
      await commit(requests);
    }
    running = undefined;
  }

  return {
    write: (purpose, work) =>
      new Promise((resolve, reject) => {
        waiting.push({
          purpose,
          run(batch) {
            const result = work(batch);
            return () => resolve(result);
          },
          reject,
        });
        running ??= run();
      }),
    get totals() {
      return totals;
    },
    async idle() {
      while (running !== undefined) await running;
    },
  };
}
