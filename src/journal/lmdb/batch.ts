/** The changes of one transaction while it is put together. */
import { type Charge, chargeOf } from './charges.ts';
import type { Totals } from './records.ts';
import type { Allocate } from './scratch.ts';
import type { Change } from './store.ts';
import type { Table, TableKey, TableName } from './tables.ts';

export interface Batch {
  /** As they will be. */
  readonly totals: { -readonly [Name in keyof Totals]: Totals[Name] };
  /** For keys and records that nobody needs once the transaction has ended. */
  readonly allocate: Allocate;
  /** Sees what was replaced and removed, but not what was added: before that is durable, nobody knows its key. */
  get<K extends TableKey>(table: Table<K>, key: K): Buffer | undefined;
  /** Writes without looking at what was there. `charge`: what it counts for; `undefined` where it is nobody's. */
  add<K extends TableKey>(table: Table<K>, key: K, value: Buffer, charge: Charge | undefined): void;
  replace<K extends TableKey>(table: Table<K>, key: K, value: Buffer): void;
  /** Answers whether it was there. `charge`: what it counts for, by somebody who knows that it was. */
  remove<K extends TableKey>(table: Table<K>, key: K, charge?: Charge): boolean;
}

export interface OpenBatch extends Batch {
  readonly changes: Change[];
  /** What sources take up more or less, in bytes. */
  readonly charged: ReadonlyMap<string, number>;
}

export function createBatch(before: Totals, allocate: Allocate): OpenBatch {
  const totals = { ...before };
  const changes: Change[] = [];
  const charged = new Map<string, number>();
  /** What was replaced, and `null` for what was removed: to be seen by what comes later in the same transaction. */
  const changed = new Map<TableName, Map<number | string, Buffer | null>>();

  function charge({ source, bytes }: Charge, sign: 1 | -1): void {
    charged.set(source, (charged.get(source) ?? 0) + sign * bytes);
  }

  function chargeRecord(name: TableName, record: Buffer, sign: 1 | -1): void {
    const found = chargeOf(name, record);
    if (found !== undefined) charge(found, sign);
  }

  /** `undefined`: it is as the table has it. */
  function changedAt(name: TableName, key: TableKey): Buffer | null | undefined {
    return changed.get(name)?.get(identityOf(key));
  }

  function change(name: TableName, key: TableKey, value: Buffer | undefined): void {
    changes.push({ table: name, key, value });
    const records = changed.get(name) ?? new Map<number | string, Buffer | null>();
    changed.set(name, records.set(identityOf(key), value ?? null));
  }

  return {
    totals,
    allocate,
    changes,
    charged,
    get(table, key) {
      const now = changedAt(table.name, key);
      return now === undefined ? table.get(key) : (now ?? undefined);
    },
    add(table, key, value, counted) {
      changes.push({ table: table.name, key, value });
      if (counted !== undefined) charge(counted, 1);
    },
    replace(table, key, value) {
      const now = changedAt(table.name, key);
      const record = now === undefined ? table.peek(key) : now;
      if (record) chargeRecord(table.name, record, -1);
      chargeRecord(table.name, value, 1);
      change(table.name, key, value);
    },
    remove(table, key, known) {
      const now = changedAt(table.name, key);
      if (now === undefined && known !== undefined) charge(known, -1);
      else {
        const record = now === undefined ? table.peek(key) : now;
        if (!record) return false;
        chargeRecord(table.name, record, -1);
      }
      change(table.name, key, undefined);
      return true;
    },
  };
}

const identityOf = (key: TableKey): number | string => (Buffer.isBuffer(key) ? key.toString('latin1') : key);
