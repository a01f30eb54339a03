/** The keys of what is kept under an execution and an event. */
import { hash } from 'node:crypto';
import type { ExecutionKey } from '../journal.ts';
import type { Table } from './tables.ts';

const EXECUTION_BYTES = 8;
const EVENT_BYTES = 12;
export const KEY_BYTES = EXECUTION_BYTES + EVENT_BYTES;

/**
 * Hashes, because ids may be of any length and hold any character. Those of an execution lie next to each other. JSON,
 * so that no two keys run together into the same text.
 */
export function createEventKeys(): (execution: ExecutionKey, eventId: string) => Buffer {
  let last: ExecutionKey = { source: '', executionId: '' };
  let prefix = prefixOf(last);
  return (execution, eventId) => {
    const { source, executionId } = execution;
    if (source !== last.source || executionId !== last.executionId) {
      last = { source, executionId };
      prefix = prefixOf(last);
    }
    return Buffer.concat([prefix, sha256(JSON.stringify([source, executionId, eventId])).subarray(0, EVENT_BYTES)]);
  };
}

/** All that a table keeps of an execution. */
export function* recordsOf(
  table: Table<Buffer>,
  execution: ExecutionKey,
): Generator<{ readonly key: Buffer; readonly value: Buffer }> {
  const prefix = prefixOf(execution);
  for (const record of table.from(prefix)) {
    if (!record.key.subarray(0, EXECUTION_BYTES).equals(prefix)) return;
    yield record;
  }
}

const prefixOf = ({ source, executionId }: ExecutionKey): Buffer =>
  sha256(JSON.stringify([source, executionId])).subarray(0, EXECUTION_BYTES);

const sha256 = (text: string): Buffer => hash('sha256', text, 'buffer');
