/** The keys of what is kept under an execution and an event. */
import { hash } from 'node:crypto';
import type { ExecutionKey } from '../journal.ts';
import type { Table } from './tables.ts';

const EXECUTION_BYTES = 12;
const ID_BYTES = 16;
export const KEY_BYTES = EXECUTION_BYTES + 1 + ID_BYTES;
/** What the id is: a UUID in its canonical form, as its own bytes; anything else, as its hash. */
const IS_UUID = 0;
const IS_HASH = 1;

export interface EventKeys {
  of(execution: ExecutionKey, eventId: string): Buffer;
  /** Writes the key where there is room for it. */
  write(target: Buffer, at: number, execution: ExecutionKey, eventId: string): void;
}

/**
 * Those of an execution lie next to each other, under its hash: its id may be of any length and hold any character. JSON,
 * so that no two run together into the same text. The hash of the last one is kept: events of one come together.
 */
export function createEventKeys(): EventKeys {
  let source = '';
  let executionId = '';
  let prefix = prefixOf({ source, executionId });

  function write(target: Buffer, at: number, execution: ExecutionKey, eventId: string): void {
    if (execution.executionId !== executionId || execution.source !== source) {
      ({ source, executionId } = execution);
      prefix = prefixOf(execution);
    }
    target.set(prefix, at);
    const tag = at + EXECUTION_BYTES;
    if (writeUuid(target, tag + 1, eventId)) {
      target[tag] = IS_UUID;
      return;
    }
    target[tag] = IS_HASH;
    target.set(sha256(eventId).subarray(0, ID_BYTES), tag + 1);
  }

  return {
    write,
    of(execution, eventId) {
      const key = Buffer.allocUnsafe(KEY_BYTES);
      write(key, 0, execution, eventId);
      return key;
    },
  };
}

/** The values of the hexadecimal digits, small letters only, by their character codes; of all other characters, -1. */
const DIGITS = Int8Array.from({ length: 128 }, (_, code) => '0123456789abcdef'.indexOf(String.fromCharCode(code)));
const UUID_LENGTH = 36;
const DASH = 45;

/** Answers false where the id is none: then what stands there is of no use. */
function writeUuid(target: Buffer, start: number, id: string): boolean {
  if (id.length !== UUID_LENGTH) return false;
  let at = start;
  let digits = 0;
  for (let index = 0; index < UUID_LENGTH; index += 1) {
    const code = id.charCodeAt(index);
    if (index === 8 || index === 13 || index === 18 || index === 23) {
      if (code !== DASH) return false;
      continue;
    }
    index += 1;
    const next = id.charCodeAt(index);
    if (code > 127 || next > 127) return false;
    const high = DIGITS[code] ?? -1;
    const low = DIGITS[next] ?? -1;
    digits |= high | low;
    target[at] = (high << 4) | low;
    at += 1;
  }
  return digits >= 0;
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
