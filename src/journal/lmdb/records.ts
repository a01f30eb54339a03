/**
 * The records of the store as bytes. Each begins with a checksum of the rest, because LMDB believes whatever it reads:
 * a reading of a record that is not what was written gives `undefined`.
 */
import { crc32 } from 'node:zlib';
import type { DeadLetter, JournalBody, OutboxEntry } from '../journal.ts';
import type { TableName } from './tables.ts';

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
  readonly bodies: number;
  readonly undelivered: number;
  readonly deadLetters: number;
}

export interface StoredBody extends JournalBody {
  readonly bytes: Buffer;
}

/** `preamble`: its hash. */
export interface StoredSpan extends Omit<OutboxEntry, 'key'> {
  readonly preamble: Buffer;
  readonly span: Buffer;
}

export interface StoredLetter extends StoredSpan, Pick<DeadLetter, 'reason' | 'buriedAt'> {}

export interface StoredSkeleton {
  readonly written: number;
  readonly source: string;
  readonly operation: Uint8Array | undefined;
}

type Field = Uint8Array | string | number;

/** Bytes as they are, texts with their lengths before them, numbers as doubles; written once, into one buffer. */
function seal(...fields: readonly Field[]): Buffer {
  let length = CHECKSUM_BYTES;
  for (const field of fields) length += sizeOf(field);
  const record = Buffer.allocUnsafe(length);
  let at = CHECKSUM_BYTES;
  for (const field of fields) at = write(record, at, field);
  record.writeUInt32BE(crc32(record.subarray(CHECKSUM_BYTES)));
  return record;
}

function sizeOf(field: Field): number {
  if (typeof field === 'number') return NUMBER_BYTES;
  return typeof field === 'string' ? LENGTH_BYTES + Buffer.byteLength(field) : field.length;
}

/** Answers where the next field begins. */
function write(record: Buffer, at: number, field: Field): number {
  if (typeof field === 'number') return record.writeDoubleBE(field, at);
  if (typeof field !== 'string') {
    record.set(field, at);
    return at + field.length;
  }
  const start = at + LENGTH_BYTES;
  const bytes = record.write(field, start);
  record.writeUInt32BE(bytes, at);
  return start + bytes;
}

function unseal(record: Buffer): Buffer | undefined {
  if (record.length < CHECKSUM_BYTES) return undefined;
  const content = record.subarray(CHECKSUM_BYTES);
  return crc32(content) === record.readUInt32BE() ? content : undefined;
}

/** Reads the fields of a record in the order in which they were written. */
function fieldsOf(content: Buffer): {
  number(): number;
  text(): string;
  bytes(length: number): Buffer;
  rest(): Buffer;
} {
  let at = 0;
  const bytes = (length: number): Buffer => {
    at += length;
    return content.subarray(at - length, at);
  };
  return {
    number: () => bytes(NUMBER_BYTES).readDoubleBE(),
    text: () => bytes(bytes(LENGTH_BYTES).readUInt32BE()).toString(),
    bytes,
    rest: () => content.subarray(at),
  };
}

export function sealBody({ source, receivedAt, bytes }: JournalBody): Buffer {
  return seal(receivedAt, source, bytes);
}

export function readBodyRecord(record: Buffer): StoredBody | undefined {
  const content = unseal(record);
  if (content === undefined) return undefined;
  const fields = fieldsOf(content);
  return { receivedAt: fields.number(), source: fields.text(), bytes: fields.rest() };
}

export function sealSpan(span: StoredSpan): Buffer {
  return seal(...partsOfSpan(span), span.span);
}

function partsOfSpan({ preamble, putAt, execution }: StoredSpan): Field[] {
  return [preamble, putAt, execution.source, execution.executionId];
}

export function readSpanRecord(record: Buffer): StoredSpan | undefined {
  const content = unseal(record);
  if (content === undefined) return undefined;
  const fields = fieldsOf(content);
  return { ...readPartsOfSpan(fields), span: fields.rest() };
}

function readPartsOfSpan(fields: ReturnType<typeof fieldsOf>): Omit<StoredSpan, 'span'> {
  return {
    preamble: fields.bytes(HASH_BYTES),
    putAt: fields.number(),
    execution: { source: fields.text(), executionId: fields.text() },
  };
}

export function sealLetter(letter: StoredLetter): Buffer {
  return seal(...partsOfSpan(letter), letter.buriedAt, letter.reason, letter.span);
}

export function readLetterRecord(record: Buffer): StoredLetter | undefined {
  const content = unseal(record);
  if (content === undefined) return undefined;
  const fields = fieldsOf(content);
  return { ...readPartsOfSpan(fields), buriedAt: fields.number(), reason: fields.text(), span: fields.rest() };
}

export function sealSkeleton({ written, source, operation }: StoredSkeleton): Buffer {
  const parts = [written, source] as const;
  return operation === undefined ? seal(...parts) : seal(...parts, Uint8Array.of(1), operation);
}

export function readSkeletonRecord(record: Buffer): StoredSkeleton | undefined {
  const content = unseal(record);
  if (content === undefined) return undefined;
  const fields = fieldsOf(content);
  const [written, source, rest] = [fields.number(), fields.text(), fields.rest()];
  return { written, source, operation: rest.length > 0 ? Uint8Array.from(rest.subarray(1)) : undefined };
}

/** Where the name of its source stands in the records of a table. */
const SOURCE_AT: { readonly [Name in TableName]?: number } = {
  bodies: CHECKSUM_BYTES + NUMBER_BYTES,
  outbox: CHECKSUM_BYTES + HASH_BYTES + NUMBER_BYTES,
  letters: CHECKSUM_BYTES + HASH_BYTES + NUMBER_BYTES,
  skeletons: CHECKSUM_BYTES + NUMBER_BYTES,
  open: CHECKSUM_BYTES,
};

/**
 * Whose a record is; `undefined` where it is nobody's. The checksum is not looked at: a record that was damaged since is
 * taken off the share that it was put on.
 */
export function sourceOf(table: TableName, record: Buffer): string | undefined {
  const at = SOURCE_AT[table];
  if (at === undefined || record.length < at + LENGTH_BYTES) return undefined;
  const start = at + LENGTH_BYTES;
  const end = start + record.readUInt32BE(at);
  return end <= record.length ? record.toString('utf8', start, end) : undefined;
}

/** What a source takes up, in bytes. */
export const sealShare = (bytes: number): Buffer => seal(bytes);

/** Nothing is known of a share that is not what was written: its source is not held to it. */
export function readShare(record: Buffer | undefined): number {
  return (record && unseal(record))?.readDoubleBE() ?? 0;
}

export const sealOpenRecord = (source: string, content: Uint8Array): Buffer => seal(source, content);

/** A copy: what LMDB gives is only there until the next reading. */
export function readOpenRecord(record: Buffer): Uint8Array | undefined {
  const content = unseal(record);
  if (content === undefined) return undefined;
  const fields = fieldsOf(content);
  fields.text();
  return Uint8Array.from(fields.rest());
}

export function sealTotals(totals: Totals): Buffer {
  const { lastPosition, lastKey, bodies, undelivered, deadLetters } = totals;
  return seal(lastPosition, lastKey, bodies, undelivered, deadLetters);
}

export function readTotals(record: Buffer): Totals | undefined {
  const content = unseal(record);
  if (content?.length !== 5 * NUMBER_BYTES) return undefined;
  const fields = fieldsOf(content);
  return {
    lastPosition: fields.number(),
    lastKey: fields.number(),
    bodies: fields.number(),
    undelivered: fields.number(),
    deadLetters: fields.number(),
  };
}
