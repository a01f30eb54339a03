/** The changes of one transaction while it is put together: what reads through it sees them already. */
import type { Totals } from './records.ts';
import type { Change } from './store.ts';
import type { Table, TableKey, TableName } from './tables.ts';

export interface Batch {
  /** As they will be. */
  readonly totals: { -readonly [Name in keyof Totals]: Totals[Name] };
  get<K extends TableKey>(table: Table<K>, key: K): Buffer | undefined;
  put<K extends TableKey>(table: Table<K>, key: K, value: Buffer): void;
  remove<K extends TableKey>(table: Table<K>, key: K): void;
}

export interface OpenBatch extends Batch {
  readonly isEmpty: boolean;
  changes(): Iterable<Change>;
  /** Runs `work`; where it throws, what it changed is taken back. */
  attempt<T>(work: (batch: Batch) => T): T;
}

export function createBatch(totals: Totals): OpenBatch {
  const byTable = new Map<TableName, Map<TableKey, Change>>();
  let undo: (() => void)[] = [];

  function changesOf(name: TableName): Map<TableKey, Change> {
    const known = byTable.get(name);
    if (known !== undefined) return known;
    const changes = new Map<TableKey, Change>();
    byTable.set(name, changes);
    return changes;
  }

  function change<K extends TableKey>(table: Table<K>, key: K, value: Buffer | undefined): void {
    const changes = changesOf(table.name);
    const id = identityOf(key);
    const before = changes.get(id);
    undo.push(() => (before === undefined ? changes.delete(id) : changes.set(id, before)));
    changes.set(id, { table: table.name, key, value });
  }

  const batch: OpenBatch = {
    totals: { ...totals },
    get(table, key) {
      const changed = byTable.get(table.name)?.get(identityOf(key));
      return changed === undefined ? table.get(key) : changed.value;
    },
    put: change,
    remove: (table, key) => change(table, key, undefined),
    get isEmpty() {
      return [...byTable.values()].every(changes => changes.size === 0);
    },
    *changes() {
      for (const changes of byTable.values()) yield* changes.values();
    },
    attempt(work) {
      undo = [];
      const before = { ...batch.totals };
      try {
        return work(batch);
      } catch (error) {
        for (const back of undo.reverse()) back();
        Object.assign(batch.totals, before);
        throw error;
      }
    },
  };
  return batch;
}

const identityOf = (key: TableKey): number | string => (Buffer.isBuffer(key) ? key.toString('latin1') : key);
