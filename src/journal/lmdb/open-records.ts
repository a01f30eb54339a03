/** What is known of operations that have not settled: replaced with each settlement, gone with their own. */
import type { ExecutionKey, OpenRecord } from '../journal.ts';
import type { Batch } from './batch.ts';
import { createEventKeys, KEY_BYTES, recordsUnder } from './event-keys.ts';
import { readOpenRecord, sealOpenRecord } from './records.ts';
import type { Tables } from './tables.ts';

export interface OpenRecords {
  get(execution: ExecutionKey, operationId: string): Uint8Array | undefined;
  put(batch: Batch, records: readonly OpenRecord[]): void;
  erase(batch: Batch, execution: ExecutionKey): void;
}

export function createOpenRecords({ open }: Tables, onDamaged: (id: string) => void): OpenRecords {
  const keys = createEventKeys();

  return {
    get(execution, operationId) {
      const key = keys.lookup(execution, operationId);
      const record = open.peek(key);
      if (record === undefined) return undefined;
      const content = readOpenRecord(record);
      if (content === undefined) onDamaged(key.toString('hex'));
      return content;
    },

    erase(batch, execution) {
      for (const { key } of [...recordsUnder(open, keys.prefix(execution))]) batch.remove(open, key);
    },

    put(batch, records) {
      for (const { execution, operationId, content } of records) {
        const key = batch.allocate(KEY_BYTES);
        keys.write(key, 0, execution, operationId);
        if (content === undefined) batch.remove(open, key);
        else batch.replace(open, key, sealOpenRecord(execution.source, content, batch.allocate));
      }
    },
  };
}
