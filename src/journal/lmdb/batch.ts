/** The changes of one transaction while it is put together: what reads through it sees them already. */
import { chargeOf } from './charges.ts';
import { readShare, sealShare, type Totals } from './records.ts';
import type { Change } from './store.ts';
import type { Table, TableKey, TableName } from './tables.ts';

export interface Batch {
  /** As they will be. */
  readonly totals: { -readonly [Name in keyof Totals]: Totals[Name] };
  get<K extends TableKey>(table: Table<K>, key: K): Buffer | undefined;
  has<K extends TableKey>(table: Table<K>, key: K): boolean;
  put<K extends TableKey>(table: Table<K>, key: K, value: Buffer): void;
  remove<K extends TableKey>(table: Table<K>, key: K): void;
}

export interface OpenBatch extends Batch {
  readonly isEmpty: boolean;
  /** With what they make of the shares of the sources. */
  changes(): Iterable<Change>;
  /** Runs `work`; where it throws, what it changed is taken back. */
  attempt<T>(work: (batch: Batch) => T): T;
}

/** `shares`: what each source takes up, as the last transaction left it. */
export function createBatch(totals: Totals, shares: Table<Buffer>): OpenBatch {
  const byTable = new Map<TableName, Map<TableKey, Change>>();
  let undo: (() => void)[] = [];
  /** What sources take up more or less, in bytes. */
  let charged = new Map<string, number>();

  function changesOf(name: TableName): Map<TableKey, Change> {
    const known = byTable.get(name);
    if (known !== undefined) return known;
    const changes = new Map<TableKey, Change>();
    byTable.set(name, changes);
    return changes;
  }

  function charge(name: TableName, record: Buffer | undefined, sign: 1 | -1): void {
    const found = record && chargeOf(name, record);
    if (found !== undefined) charged.set(found.source, (charged.get(found.source) ?? 0) + sign * found.bytes);
  }

  function change<K extends TableKey>(table: Table<K>, key: K, value: Buffer | undefined): void {
    const changes = changesOf(table.name);
    const id = identityOf(key);
    const before = changes.get(id);
    charge(table.name, before === undefined ? table.peek(key) : before.value, -1);
    charge(table.name, value, 1);
    undo.push(() => (before === undefined ? changes.delete(id) : changes.set(id, before)));
    changes.set(id, { table: table.name, key, value });
  }

  /** A share that nothing is left of is not kept: any number of sources may come and go. */
  function* shareChanges(): Iterable<Change> {
    for (const [source, more] of charged) {
      if (more === 0) continue;
      const key = Buffer.from(source);
      const bytes = readShare(shares.get(key)) + more;
      yield { table: shares.name, key, value: bytes > 0 ? sealShare(bytes) : undefined };
    }
  }

  const batch: OpenBatch = {
    totals: { ...totals },
    get(table, key) {
      const changed = byTable.get(table.name)?.get(identityOf(key));
      return changed === undefined ? table.get(key) : changed.value;
    },
    has(table, key) {
      const changed = byTable.get(table.name)?.get(identityOf(key));
      return (changed === undefined ? table.peek(key) : changed.value) !== undefined;
    },
    put: change,
    remove: (table, key) => change(table, key, undefined),
    get isEmpty() {
      return [...byTable.values()].every(changes => changes.size === 0);
    },
    *changes() {
      for (const changes of byTable.values()) yield* changes.values();
      yield* shareChanges();
    },
    attempt(work) {
      undo = [];
      const before = { ...batch.totals };
      const chargedBefore = new Map(charged);
      try {
        return work(batch);
      } catch (error) {
        for (const back of undo.reverse()) back();
        Object.assign(batch.totals, before);
        charged = chargedBefore;
        throw error;
      }
    },
  };
  return batch;
}

const identityOf = (key: TableKey): number | string => (Buffer.isBuffer(key) ? key.toString('latin1') : key);
