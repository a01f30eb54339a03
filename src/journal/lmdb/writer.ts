/**
 * Group commit: while one transaction is on its way to the disk, what comes in gathers for the next. So one flush serves
 * all who wait, transactions follow each other in a known order, and one that failed is known to be the last.
 */
import { type Batch, createBatch } from './batch.ts';
import type { Totals } from './records.ts';
import type { Room } from './room.ts';
import type { Store } from './store.ts';

/**
 * `adding`: takes up space and can be refused. `freeing`: will make room, now or later, so when a transaction fails it
 * is tried once more without what was only adding.
 */
export type Purpose = 'adding' | 'freeing';

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
  readonly room: Pick<Room, 'prepare' | 'committed' | 'make'>;
}

export function createWriter({ store, room }: WriterOptions): Writer {
  let totals = store.readTotals();
  let waiting: Request[] = [];
  let running: Promise<void> | undefined;

  async function commit(requests: readonly Request[]): Promise<void> {
    const batch = createBatch(totals);
    const group: { request: Request; done: () => void }[] = [];
    for (const request of requests) {
      try {
        group.push({ request, done: batch.attempt(inner => request.run(inner)) });
      } catch (error) {
        request.reject(error);
      }
    }
    try {
      room.prepare();
      if (!batch.isEmpty) await store.commit(batch.changes(), batch.totals);
    } catch (error) {
      room.committed(error);
      const freeing = group.filter(({ request }) => request.purpose === 'freeing').map(({ request }) => request);
      const isWorthATry = freeing.length < group.length || room.make();
      for (const { request } of group) if (!isWorthATry || request.purpose === 'adding') request.reject(error);
      if (isWorthATry && freeing.length > 0) await commit(freeing);
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
