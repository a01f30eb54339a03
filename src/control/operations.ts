/** What an operator may do with a store, whoever holds it: the commands call this in their own process or in `serve`. */
import type { DeadLetter, Journal, OutboxKey } from '../journal/journal.ts';
import { createPurge, type OpenExecutions, PAGE, type PurgeReport, type PurgeRequest } from './purge.ts';

export type Selection = readonly OutboxKey[] | 'all';

export interface SelectionReport {
  readonly done: number;
  /** Keys that name no dead letter. */
  readonly missing: readonly OutboxKey[];
}

export interface StoreOperations {
  /** Some of the dead letters after a key, oldest key first; none at the end. */
  deadLetters(after: OutboxKey | undefined): Promise<readonly DeadLetter[]>;
  /** Into the outbox again. */
  retry(selection: Selection): Promise<SelectionReport>;
  drop(selection: Selection): Promise<SelectionReport>;
  /** Rejects with `CREWSPAN_EXECUTION_OPEN` where the execution is still at work. */
  purge(request: PurgeRequest): Promise<PurgeReport>;
}

export interface StoreOperationsOptions {
  readonly journal: Journal;
  /** Of the process that serves; `undefined`: nobody uses the journal. */
  readonly open?: OpenExecutions;
}

export function createStoreOperations({ journal, open }: StoreOperationsOptions): StoreOperations {
  const purge = createPurge({ journal, open });

  function page(after: OutboxKey | undefined): readonly DeadLetter[] {
    return journal.deadLetters(after, PAGE.limit, PAGE.bytes);
  }

  /** Page by page, so that a transaction stays small. What is buried meanwhile is not for this call. */
  async function forSelected(
    selection: Selection,
    act: (keys: readonly OutboxKey[]) => Promise<number>,
  ): Promise<SelectionReport> {
    if (selection !== 'all') {
      const missing = selection.filter(key => journal.deadLetters(key - 1, 1, 0)[0]?.key !== key);
      return { done: await act(selection), missing };
    }
    const { deadLetters: count } = journal.stats();
    let done = 0;
    for (let after: OutboxKey | undefined; done < count; ) {
      const keys = page(after).map(({ key }) => key);
      if (keys.length === 0) break;
      done += await act(keys);
      after = keys.at(-1);
    }
    return { done, missing: [] };
  }

  return {
    deadLetters: async after => page(after),
    retry: selection => forSelected(selection, keys => journal.revive(keys, Date.now())),
    drop: selection => forSelected(selection, async keys => (await journal.erase({ deadLetters: keys })).deadLetters),
    purge,
  };
}
