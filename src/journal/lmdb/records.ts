/**
 * The records of the store as bytes. Each begins with a checksum of the rest, because LMDB believes whatever it reads:
 * a reading of a record that is not what was written gives `undefined`.
 */
import { crc32 } from 'node:zlib';
import type { EncodedSpan, JournalBody } from '../journal.ts';

const CHECKSUM_BYTES = 4;
const LENGTH_BYTES = 4;
const NUMBER_BYTES = 8;
/** Of a preamble's hash: the spans of a resource share one preamble, and point to it by this. */
export const HASH_BYTES = 16;

/** What the store holds, kept up to date with every transaction, so that opening it need not count. */
export interface Totals {
  /** Of the last body and the last span ever put in. They only grow, also over restarts. */
  readonly lastPosition: number;
  readonly lastKey: number;
  readonly bytes: number;
  readonly bodies: number;
  readonly undelivered: number;
  readonly deadLetters: number;
}

export interface StoredSpan {
  readonly preamble: Buffer;
  readonly span: Buffer;
}

export interface StoredLetter extends StoredSpan {
  readonly reason: string;
}

export interface StoredSkeleton {
  readonly written: number;
  readonly operation: Uint8Array | undefined;
}

function seal(...parts: readonly Uint8Array[]): Buffer {
  const record = Buffer.concat([Buffer.alloc(CHECKSUM_BYTES), ...parts]);
  record.writeUInt32BE(crc32(record.subarray(CHECKSUM_BYTES)));
  return record;
}

function unseal(record: Buffer): Buffer | undefined {
  if (record.length < CHECKSUM_BYTES) return undefined;
  const content = record.subarray(CHECKSUM_BYTES);
  return crc32(content) === record.readUInt32BE() ? content : undefined;
}

function length(bytes: Uint8Array): Buffer {
  const field = Buffer.alloc(LENGTH_BYTES);
  field.writeUInt32BE(bytes.length);
  return field;
}

function numbers(...values: readonly number[]): Buffer {
  const fields = Buffer.alloc(values.length * NUMBER_BYTES);
  for (const [index, value] of values.entries()) fields.writeDoubleBE(value, index * NUMBER_BYTES);
  return fields;
}

export function sealBody({ source, bytes }: JournalBody): Buffer {
  const name = Buffer.from(source);
  return seal(length(name), name, bytes);
}

export function readBodyRecord(record: Buffer): { source: string; bytes: Buffer } | undefined {
  const content = unseal(record);
  if (content === undefined) return undefined;
  const start = LENGTH_BYTES + content.readUInt32BE();
  return { source: content.toString('utf8', LENGTH_BYTES, start), bytes: content.subarray(start) };
}

/** What a body counts for: with the name of its source, so that a damaged one is known to count for the same. */
export const sizeOfBody = (record: Buffer): number => record.length - CHECKSUM_BYTES - LENGTH_BYTES;

export function sealSpan(preamble: Uint8Array, { span }: EncodedSpan): Buffer {
  return seal(preamble, span);
}

export function readSpanRecord(record: Buffer): StoredSpan | undefined {
  const content = unseal(record);
  return content && { preamble: content.subarray(0, HASH_BYTES), span: content.subarray(HASH_BYTES) };
}

export const sizeOfSpan = (record: Buffer): number => record.length - CHECKSUM_BYTES - HASH_BYTES;

export function sealLetter({ preamble, span }: StoredSpan, reason: string): Buffer {
  const text = Buffer.from(reason);
  return seal(preamble, length(text), text, span);
}

export function readLetterRecord(record: Buffer): StoredLetter | undefined {
  const content = unseal(record);
  if (content === undefined) return undefined;
  const text = HASH_BYTES + LENGTH_BYTES;
  const start = text + content.readUInt32BE(HASH_BYTES);
  const reason = content.toString('utf8', text, start);
  return { preamble: content.subarray(0, HASH_BYTES), reason, span: content.subarray(start) };
}

export function sealSkeleton({ written, operation }: StoredSkeleton): Buffer {
  return operation === undefined ? seal(numbers(written)) : seal(numbers(written), Uint8Array.of(1), operation);
}

export function readSkeletonRecord(record: Buffer): StoredSkeleton | undefined {
  const content = unseal(record);
  if (content === undefined) return undefined;
  const operation = content.length > NUMBER_BYTES ? Uint8Array.from(content.subarray(NUMBER_BYTES + 1)) : undefined;
  return { written: content.readDoubleBE(), operation };
}

export function sealTotals(totals: Totals): Buffer {
  const { lastPosition, lastKey, bytes, bodies, undelivered, deadLetters } = totals;
  return seal(numbers(lastPosition, lastKey, bytes, bodies, undelivered, deadLetters));
}

export function readTotals(record: Buffer): Totals | undefined {
  const content = unseal(record);
  if (content?.length !== 6 * NUMBER_BYTES) return undefined;
  const at = (index: number): number => content.readDoubleBE(index * NUMBER_BYTES);
  return {
    lastPosition: at(0),
    lastKey: at(1),
    bytes: at(2),
    bodies: at(3),
    undelivered: at(4),
    deadLetters: at(5),
  };
}
