/** The keys of what is kept under an execution and an event. */
import { hash } from 'node:crypto';
import type { ExecutionKey } from '../journal.ts';
import type { Table } from './tables.ts';

/** Of the hash of a source: there are few, and nobody chooses them to be alike. */
const SOURCE_BYTES = 6;
const ID_BYTES = 1 + 16;
const PREFIX_BYTES = SOURCE_BYTES + ID_BYTES;
/**
 * What an event lies beside begins so; where that is nothing, its own id. It brings them together and tells nothing
 * apart, so the beginning is enough.
 */
const PLACE_BYTES = 4;
const PLACE_END = PREFIX_BYTES + PLACE_BYTES;
export const KEY_BYTES = PLACE_END + ID_BYTES;
/** What an id is: a UUID in its canonical form, as its own bytes; anything else, as its hash. */
const IS_UUID = 0;
const IS_HASH = 1;

export interface EventKeys {
  /** Good until the next one is asked for. */
  lookup(execution: ExecutionKey, eventId: string, beside?: string): Buffer;
  /** All keys of an execution begin so, and no others. */
  prefix(execution: ExecutionKey): Buffer;
  /** Writes the key where there is room for it. */
  write(target: Buffer, at: number, execution: ExecutionKey, eventId: string, beside?: string): void;
}

/**
 * Those of an execution lie next to each other. Its id may be of any length and hold any character; as a rule it is a
 * UUID, which costs no hash: of many executions that take turns, each would need one anew.
 */
export function createEventKeys(): EventKeys {
  const scratch = Buffer.alloc(KEY_BYTES);
  let source = '';
  let sourceHash = sha256(source);

  function writePrefix(target: Buffer, at: number, execution: ExecutionKey): void {
    if (execution.source !== source) {
      source = execution.source;
      sourceHash = sha256(source);
    }
    for (let index = 0; index < SOURCE_BYTES; index += 1) target[at + index] = sourceHash[index] ?? 0;
    writeId(target, at + SOURCE_BYTES, execution.executionId);
  }

  function write(target: Buffer, at: number, execution: ExecutionKey, eventId: string, beside: string = eventId): void {
    writePrefix(target, at, execution);
    const place = at + PREFIX_BYTES;
    const id = at + PLACE_END;
    writeId(target, id, beside);
    for (let index = 0; index < PLACE_BYTES; index += 1) target[place + index] = target[id + 1 + index] ?? 0;
    if (beside !== eventId) writeId(target, id, eventId);
  }

  return {
    write,
    lookup(execution, eventId, beside) {
      write(scratch, 0, execution, eventId, beside);
      return scratch;
    },
    prefix(execution) {
      const prefix = Buffer.allocUnsafe(PREFIX_BYTES);
      writePrefix(prefix, 0, execution);
      return prefix;
    },
  };
}

function writeId(target: Buffer, at: number, id: string): void {
  if (writeUuid(target, at + 1, id)) {
    target[at] = IS_UUID;
    return;
  }
  target[at] = IS_HASH;
  target.set(sha256(id).subarray(0, ID_BYTES - 1), at + 1);
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

/** All that a table keeps under a prefix. */
export function* recordsUnder(
  table: Table<Buffer>,
  prefix: Buffer,
): Generator<{ readonly key: Buffer; readonly value: Buffer }> {
  for (const record of table.from(prefix)) {
    if (!startsWith(record.key, prefix)) return;
    yield record;
  }
}

export const startsWith = (key: Buffer, prefix: Buffer): boolean => key.subarray(0, prefix.length).equals(prefix);

const sha256 = (text: string): Buffer => hash('sha256', text, 'buffer');
