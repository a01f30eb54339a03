/**
 * Group commit: while one transaction is on its way to the disk, what comes in gathers for the next. So one flush serves
 * all who wait, transactions follow each other in a known order, and one that failed is known to be the last.
 */
import type { Accounts } from './accounts.ts';
import { type Batch, createBatch, type OpenBatch } from './batch.ts';
import { sealTotals, type Totals } from './records.ts';
import type { Purpose, Room } from './room.ts';
import { createScratch } from './scratch.ts';
import { type Store, TOTALS_KEY } from './store.ts';

export interface Writer {
  /** Runs `work` when its transaction is put together; resolves to its result when that is on disk. */
  write<T>(purpose: Purpose, work: (batch: Batch) => T): Promise<T>;
  /** The same in a transaction that it shares with nobody: it reads the tables as they will be. */
  writeAlone<T>(purpose: Purpose, work: (batch: Batch) => T): Promise<T>;
  /** As the last transaction left them. */
  readonly totals: Totals;
  /** Resolves when nothing is under way any more. */
  idle(): Promise<void>;
}

/**
 * Senders that were answered a moment ago are back a moment later, as a rule. A transaction waits for so many as the last
 * one saw, but no longer than that, in milliseconds: it costs much the same whether it serves half of them or all.
 */
const GATHER_MS = 2;
/** Who has not come back by then is not waited for, in milliseconds. */
const BACK_WITHIN_MS = 10;

interface Request {
  readonly purpose: Purpose;
  readonly isAlone: boolean;
  /** Answers what to do once it is durable. */
  run(batch: Batch): () => void;
  reject(error: unknown): void;
}

interface Group {
  readonly requests: readonly Request[];
  readonly batch: OpenBatch;
  readonly done: readonly (() => void)[];
}

const isAdding = ({ purpose }: Request): boolean => purpose === 'adding';

export interface WriterOptions {
  readonly store: Store;
  readonly room: Pick<Room, 'assure' | 'committed'>;
  readonly accounts: Accounts;
}

export function createWriter({ store, room, accounts }: WriterOptions): Writer {
  let totals = store.readTotals();
  const scratch = createScratch();
  const waiting: Request[] = [];
  let running: Promise<void> | undefined;
  /** How many may come together now, and when the last transaction ended. */
  let expected = 0;
  let endedAt = 0;
  let onEnough: (() => void) | undefined;

  /** One that throws is rejected, and what it changed until then must not stay: all begins anew without it. */
  function assembled(requests: readonly Request[]): Group {
    scratch.reset();
    const batch = createBatch(totals, scratch.allocate);
    const done: (() => void)[] = [];
    for (const request of requests) {
      try {
        done.push(request.run(batch));
      } catch (error) {
        request.reject(error);
        return assembled(requests.filter(other => other !== request));
      }
    }
    return { requests, batch, done };
  }

  async function write({ requests, batch }: Group): Promise<void> {
    if (batch.changes.length === 0) return;
    accounts.put(batch);
    batch.add(store.tables.meta, TOTALS_KEY, sealTotals(batch.totals, batch.allocate), undefined);
    await room.assure(requests.some(isAdding) ? 'adding' : 'freeing', batch.changes);
    const written = store.commit(batch.changes);
    // LMDB has them. What lives while the disk is waited for is copied by the collector of garbage.
    batch.changes.length = 0;
    await written;
  }

  async function commit(waited: readonly Request[]): Promise<void> {
    const group = assembled(waited);
    const { requests, batch, done } = group;
    try {
      await write(group);
    } catch (error) {
      room.committed(error);
      // What frees room is tried once more without what was only adding.
      const freeing = requests.some(isAdding) ? requests.filter(request => !isAdding(request)) : [];
      for (const request of requests) if (!freeing.includes(request)) request.reject(error);
      if (freeing.length > 0) await commit(freeing);
      return;
    }
    totals = { ...batch.totals };
    accounts.note(batch.charged);
    room.committed(undefined);
    for (const tell of done) tell();
  }

  /** In the order in which they came. */
  function nextGroup(): Request[] {
    const firstAlone = waiting.findIndex(({ isAlone }) => isAlone);
    const count = firstAlone < 0 ? waiting.length : Math.max(firstAlone, 1);
    return waiting.splice(0, count);
  }

  function gathered(): Promise<void> | undefined {
    if (waiting.length >= expected || performance.now() - endedAt > BACK_WITHIN_MS) return undefined;
    return new Promise(resolve => {
      const timer = setTimeout(go, GATHER_MS);
      function go(): void {
        clearTimeout(timer);
        onEnough = undefined;
        resolve();
      }
      onEnough = go;
    });
  }

  async function run(): Promise<void> {
    // Whoever comes in the same turn still gets on.
    await undefined;
    while (waiting.length > 0) {
      await gathered();
      const group = nextGroup();
      await commit(group);
      expected = group.length + waiting.length;
      endedAt = performance.now();
    }
    running = undefined;
  }

  function enqueue<T>(purpose: Purpose, isAlone: boolean, work: (batch: Batch) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      waiting.push({
        purpose,
        isAlone,
        run(batch) {
          const result = work(batch);
          return () => resolve(result);
        },
        reject,
      });
      running ??= run();
      if (waiting.length >= expected) onEnough?.();
    });
  }

  return {
    write: (purpose, work) => enqueue(purpose, false, work),
    writeAlone: (purpose, work) => enqueue(purpose, true, work),
    get totals() {
      return totals;
    },
    async idle() {
      while (running !== undefined) await running;
    },
  };
}
