/**
 * The records of the store as bytes. Each begins with a checksum of the rest, because LMDB believes whatever it reads:
 * a reading of a record that is not what was written gives `undefined`.
 */
import { crc32 } from 'node:zlib';
import type { DeadLetter, JournalBody, OutboxEntry } from '../journal.ts';
import type { Allocate } from './scratch.ts';
import type { TableName } from './tables.ts';

const CHECKSUM_BYTES = 4;
const LENGTH_BYTES = 4;
const NUMBER_BYTES = 8;
/** Of a preamble's hash: the spans of a resource share one preamble, and point to it by this. */
export const HASH_BYTES = 16;

/** What the store holds, kept up to date with every transaction, so that opening it need not count. */
export interface Totals {
  /** Of the last body, the last span and the last list of skeletons ever put in. They only grow, also over restarts. */
  readonly lastPosition: number;
  readonly lastKey: number;
  readonly lastList: number;
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
  readonly operation: Uint8Array | undefined;
}

/** Skeletons of one source that were written at one time. */
export interface StoredList {
  /** What they take up, themselves. */
  readonly bytes: number;
  /** Of the last body that had come by then. */
  readonly position: number;
  readonly source: string;
  /** Of the skeletons, one behind the other. */
  readonly keys: Buffer;
}

type Field = Uint8Array | string | number;

/** What records begin with. Those that are written one after the other have it in common as a rule. */
export interface Head {
  readonly bytes: Buffer;
  /** Of these bytes: to go on from. */
  readonly checksum: number;
}

function headOf(...fields: readonly Field[]): Head {
  const bytes = join(fields, 0, Buffer.allocUnsafe);
  return { bytes, checksum: crc32(bytes) };
}

/** Bytes as they are, texts with their lengths before them, numbers as doubles; `start` bytes are left before them. */
function join(fields: readonly Field[], start: number, allocate: Allocate): Buffer {
  let length = start;
  for (const field of fields) length += sizeOf(field);
  const bytes = allocate(length);
  let at = start;
  for (const field of fields) at = write(bytes, at, field);
  return bytes;
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

/** The record of these fields: a copy. */
function sealed(allocate: Allocate, ...fields: readonly Field[]): Buffer {
  const record = join(fields, CHECKSUM_BYTES, allocate);
  record.writeUInt32BE(crc32(record.subarray(CHECKSUM_BYTES)));
  return record;
}

/** The record that begins so and ends with `rest`: a copy. */
export function seal({ bytes, checksum }: Head, rest: Uint8Array, allocate: Allocate): Buffer {
  const start = CHECKSUM_BYTES + bytes.length;
  const record = allocate(start + rest.length);
  record.writeUInt32BE(crc32(rest, checksum));
  record.set(bytes, CHECKSUM_BYTES);
  record.set(rest, start);
  return record;
}

/** To the end as the record tells it: what LMDB gives without a copy lies in a larger buffer. */
function unseal(record: Buffer): Buffer | undefined {
  if (record.length < CHECKSUM_BYTES) return undefined;
  const content = record.subarray(CHECKSUM_BYTES, record.length);
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

export function sealBody({ source, receivedAt, bytes }: JournalBody, allocate: Allocate): Buffer {
  return sealed(allocate, receivedAt, source, bytes);
}

export function readBodyRecord(record: Buffer): StoredBody | undefined {
  const content = unseal(record);
  if (content === undefined) return undefined;
  const fields = fieldsOf(content);
  return { receivedAt: fields.number(), source: fields.text(), bytes: fields.rest() };
}

/** Of spans with that preamble, put in then, of that execution. */
export function spanHead({ preamble, putAt, execution }: Omit<StoredSpan, 'span'>): Head {
  return headOf(preamble, putAt, execution.source, execution.executionId);
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

/** How long the record of such a span is. */
export const spanRecordBytes = ({ execution, span }: Pick<OutboxEntry, 'execution' | 'span'>): number =>
  CHECKSUM_BYTES + HASH_BYTES + NUMBER_BYTES + sizeOf(execution.source) + sizeOf(execution.executionId) + span.length;

export function sealLetter(letter: StoredLetter, allocate: Allocate): Buffer {
  const { preamble, putAt, execution, buriedAt, reason, span } = letter;
  return sealed(allocate, preamble, putAt, execution.source, execution.executionId, buriedAt, reason, span);
}

export function readLetterRecord(record: Buffer): StoredLetter | undefined {
  const content = unseal(record);
  if (content === undefined) return undefined;
  const fields = fieldsOf(content);
  return { ...readPartsOfSpan(fields), buriedAt: fields.number(), reason: fields.text(), span: fields.rest() };
}

/** Of skeletons that were written then, with an operation behind it or with none. */
export const skeletonHead = (written: number, hasOperation: boolean): Head =>
  headOf(written, Uint8Array.of(hasOperation ? 1 : 0));

export function readSkeletonRecord(record: Buffer): StoredSkeleton | undefined {
  const content = unseal(record);
  if (content === undefined) return undefined;
  const fields = fieldsOf(content);
  const [written, hasOperation] = [fields.number(), fields.bytes(1)[0] === 1];
  return { written, operation: hasOperation ? new Uint8Array(fields.rest()) : undefined };
}

export function sealList({ bytes, position, source, keys }: StoredList, allocate: Allocate): Buffer {
  return sealed(allocate, bytes, position, source, keys);
}

export function readList(record: Buffer): StoredList | undefined {
  const content = unseal(record);
  if (content === undefined) return undefined;
  const fields = fieldsOf(content);
  return { bytes: fields.number(), position: fields.number(), source: fields.text(), keys: fields.rest() };
}

/** What the skeletons of a list take up; the checksum is not looked at. */
export const listedBytes = (record: Buffer): number => record.readDoubleBE(CHECKSUM_BYTES);

/** Where the name of its source stands in the records of a table. */
const SOURCE_AT: { readonly [Name in TableName]?: number } = {
  bodies: CHECKSUM_BYTES + NUMBER_BYTES,
  outbox: CHECKSUM_BYTES + HASH_BYTES + NUMBER_BYTES,
  letters: CHECKSUM_BYTES + HASH_BYTES + NUMBER_BYTES,
  ages: CHECKSUM_BYTES + 2 * NUMBER_BYTES,
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
export const sealShare = (bytes: number, allocate: Allocate): Buffer => sealed(allocate, bytes);

/** Nothing is known of a share that is not what was written: its source is not held to it. */
export function readShare(record: Buffer | undefined): number {
  return (record && unseal(record))?.readDoubleBE() ?? 0;
}

export const sealOpenRecord = (source: string, content: Uint8Array, allocate: Allocate): Buffer =>
  sealed(allocate, source, content);

/** A copy: what LMDB gives is only there until the next reading. */
export function readOpenRecord(record: Buffer): Uint8Array | undefined {
  const content = unseal(record);
  if (content === undefined) return undefined;
  const fields = fieldsOf(content);
  fields.text();
  return new Uint8Array(fields.rest());
}

export function sealTotals(totals: Totals, allocate: Allocate): Buffer {
  const { lastPosition, lastKey, lastList, bodies, undelivered, deadLetters } = totals;
  return sealed(allocate, lastPosition, lastKey, lastList, bodies, undelivered, deadLetters);
}

export function readTotals(record: Buffer): Totals | undefined {
  const content = unseal(record);
  if (content?.length !== 6 * NUMBER_BYTES) return undefined;
  const fields = fieldsOf(content);
  return {
    lastPosition: fields.number(),
    lastKey: fields.number(),
    lastList: fields.number(),
    bodies: fields.number(),
    undelivered: fields.number(),
    deadLetters: fields.number(),
  };
}
