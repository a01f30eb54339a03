/** What each source takes up, as the last transaction left it: in memory, and in the store for the next start. */
import type { OpenBatch } from './batch.ts';
import { readShare, sealShare } from './records.ts';
import type { Table } from './tables.ts';

export interface Accounts {
  /** In bytes, about. Sources that hold nothing are not there: any number may come and go. */
  readonly shares: ReadonlyMap<string, number>;
  of(source: string): number;
  /** Puts into a transaction what its sources take up after it. */
  put(batch: OpenBatch): void;
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
    put(batch) {
      for (const [source, more] of batch.charged) {
        if (more === 0) continue;
        const bytes = of(source) + more;
        const key = Buffer.from(source);
        if (bytes > 0) batch.add(table, key, sealShare(bytes, batch.allocate), undefined);
        else batch.remove(table, key);
      }
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
