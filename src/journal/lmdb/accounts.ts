/** What each source takes up, as the last transaction left it: in memory, and in the store for the next start. */
import { readShare, sealShare } from './records.ts';
import type { Change } from './store.ts';
import type { Table } from './tables.ts';

export interface Accounts {
  /** In bytes, about. Sources that hold nothing are not there: any number may come and go. */
  readonly shares: ReadonlyMap<string, number>;
  of(source: string): number;
  /** What a transaction writes that makes them take up so much more or less. */
  changes(charged: ReadonlyMap<string, number>): Change[];
  /** It is written. */
  note(charged: ReadonlyMap<string, number>): void;
}

export function createAccounts(table: Table<Buffer>): Accounts {
  const shares = new Map<string, number>();
  for (const { key, value } of table.from()) shares.set(key.toString(), readShare(value));
  const of = (source: string): number => shares.get(source) ?? 0;
  return {
    shares,
    of,
    changes(charged) {
      const changes: Change[] = [];
      for (const [source, more] of charged) {
        if (more === 0) continue;
        const bytes = of(source) + more;
        changes.push({ table: table.name, key: Buffer.from(source), value: bytes > 0 ? sealShare(bytes) : undefined });
      }
      return changes;
    },
    note(charged) {
      for (const [source, more] of charged) {
        const bytes = of(source) + more;
        if (bytes > 0) shares.set(source, bytes);
        else shares.delete(source);
      }
    },
  };
}
