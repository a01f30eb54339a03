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

/** Next to the totals, which each transaction writes too: in a table of their own they would cost it pages of their own. */
const PREFIX = 'share/';

export function createAccounts(meta: Table<string>): Accounts {
  const shares = new Map<string, number>();
  for (const { key, value } of meta.from(PREFIX)) {
    if (!key.startsWith(PREFIX)) break;
    shares.set(key.slice(PREFIX.length), readShare(value));
  }
  const of = (source: string): number => shares.get(source) ?? 0;
  return {
    shares,
    of,
    put(batch) {
      for (const [source, more] of batch.charged) {
        if (more === 0) continue;
        const bytes = of(source) + more;
        const key = PREFIX + source;
        if (bytes > 0) batch.add(meta, key, sealShare(bytes, batch.allocate), undefined);
        else batch.remove(meta, key);
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
