/**
 * The protobuf wire format, as much of it as OTLP uses: a cursor over a slice of bytes and the few things that stand
 * in it. Anything cut off or malformed throws a RangeError; nothing is read outside of the slice.
 */

export const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** A place in `bytes`; `end` is exclusive. Advanced by every read. */
export interface Cursor {
  readonly bytes: Buffer;
  at: number;
  readonly end: number;
}

export function cursorOver(bytes: Uint8Array): Cursor {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { bytes: buffer, at: 0, end: buffer.length };
}

/** A varint that fits a number exactly: tags, lengths, enums, uint32. */
export function readVarint(cursor: Cursor): number {
  let value = 0;
  let factor = 1;
  for (let length = 0; length < 10; length += 1) {
    const byte = readByte(cursor);
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) {
      if (value > Number.MAX_SAFE_INTEGER) break;
      return value;
    }
    factor *= 128;
  }
  throw new RangeError('protobuf: a varint is too long');
}

/** An int64 as the signed integer it is. */
export function readInt64(cursor: Cursor): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = readByte(cursor);
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asIntN(64, value);
  }
  throw new RangeError('protobuf: a varint is too long');
}

/** Where the next `length` bytes begin; the cursor goes behind them. */
export function take(cursor: Cursor, length: number): number {
  const start = cursor.at;
  if (length > cursor.end - start) throw new RangeError('protobuf: the message is cut off');
  cursor.at = start + length;
  return start;
}

/** The content of a length-delimited field, as a slice of its own. */
export function readSlice(cursor: Cursor): Cursor {
  const length = readVarint(cursor);
  const at = take(cursor, length);
  return { bytes: cursor.bytes, at, end: at + length };
}

export function readString(cursor: Cursor): string {
  const { bytes, at, end } = readSlice(cursor);
  return bytes.toString('utf8', at, end);
}

export function skipValue(cursor: Cursor, wireType: number): void {
  if (wireType === VARINT) readInt64(cursor);
  else if (wireType === FIXED64) take(cursor, 8);
  else if (wireType === LENGTH_DELIMITED) readSlice(cursor);
  else if (wireType === FIXED32) take(cursor, 4);
  else throw new RangeError(`protobuf: wire type ${wireType} is not part of proto3`);
}

/** A length-delimited field of a message. */
export interface Field {
  readonly number: number;
  /** Where the field begins, with its tag. */
  readonly start: number;
  readonly content: Cursor;
}

/** The length-delimited fields of a message, in the order in which they stand; others are passed over. */
export function* lengthDelimitedFields(cursor: Cursor): Generator<Field> {
  while (cursor.at < cursor.end) {
    const start = cursor.at;
    const tag = readVarint(cursor);
    if ((tag & 7) === LENGTH_DELIMITED) yield { number: tag >>> 3, start, content: readSlice(cursor) };
    else skipValue(cursor, tag & 7);
  }
}

export function contentOf({ bytes, at, end }: Cursor): Buffer {
  return bytes.subarray(at, end);
}

/** Bytes of a varint below 2^35. */
export function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  return value < 0x10000000 ? 4 : 5;
}

/** Bytes of a length-delimited field with a number below 16. */
export function fieldSize(length: number): number {
  return 1 + varintSize(length) + length;
}

/** Writes tag and length of a length-delimited field with a number below 16; answers where its content begins. */
export function writeFieldHead(target: Buffer, at: number, number: number, length: number): number {
  target[at] = (number << 3) | LENGTH_DELIMITED;
  let next = at + 1;
  let rest = length;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) {
    target[next] = (rest & 0x7f) | 0x80;
    next += 1;
  }
  target[next] = rest;
  return next + 1;
}

/** A length-delimited field with a number below 16. */
export function field(number: number, ...content: readonly Uint8Array[]): Buffer {
  const length = content.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const target = Buffer.allocUnsafe(fieldSize(length));
  let at = writeFieldHead(target, 0, number, length);
  for (const part of content) {
    target.set(part, at);
    at += part.byteLength;
  }
  return target;
}

function readByte(cursor: Cursor): number {
  const byte = cursor.at < cursor.end ? cursor.bytes[cursor.at] : undefined;
  if (byte === undefined) throw new RangeError('protobuf: the message is cut off');
  cursor.at += 1;
  return byte;
}
