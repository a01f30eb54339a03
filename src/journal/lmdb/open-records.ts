/** What is known of operations that have not settled: replaced with each settlement, gone with their own. */
import type { ExecutionKey, OpenRecord } from '../journal.ts';
import type { Batch } from './batch.ts';
import { createEventKeys, recordsOf } from './event-keys.ts';
import { readOpenRecord, sealOpenRecord } from './records.ts';
import type { Tables } from './tables.ts';

export interface OpenRecords {
  get(execution: ExecutionKey, operationId: string): Uint8Array | undefined;
  /** Copies the records, now; puts them in when the transaction is put together. */
  putting(records: readonly OpenRecord[]): (batch: Batch) => void;
  erase(batch: Batch, execution: ExecutionKey): void;
}

export function createOpenRecords({ open }: Tables, onDamaged: (id: string) => void): OpenRecords {
  const keys = createEventKeys();

  return {
    get(execution, operationId) {
      const key = keys.of(execution, operationId);
      const record = open.get(key);
      if (record === undefined) return undefined;
      const content = readOpenRecord(record);
      if (content === undefined) onDamaged(key.toString('hex'));
      return content;
    },

    erase(batch, execution) {
      for (const { key } of [...recordsOf(open, execution)]) batch.remove(open, key);
    },

    putting(records) {
      const entries = records.map(({ execution, operationId, content }) => ({
        key: keys.of(execution, operationId),
        record: content && sealOpenRecord(execution.source, content),
      }));
      return batch => {
        for (const { key, record } of entries) {
          if (record !== undefined) batch.replace(open, key, record);
          else batch.remove(open, key);
        }
      };
    },
  };
}
