/** How long a backend asks to be left alone. */
import { type Cursor, cursorOver, lengthDelimitedFields, readInt64, readVarint, skipValue, VARINT } from './wire.ts';

/** A longer wait is taken for a mistake: an hour later nothing is lost by asking once. */
const MAX_WAIT_MS = 3_600_000;

/** The header `Retry-After` (RFC 9110, 10.2.3): seconds, or a date. `undefined` when it is absent or neither. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const value = header?.trim() ?? '';
  if (value === '') return undefined;
  if (/^\d+$/.test(value)) return bounded(Number(value) * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : bounded(date - now);
}

/**
 * The `google.rpc.RetryInfo` in a `google.rpc.Status` (OTLP/gRPC: the trailer `grpc-status-details-bin`). `undefined`
 * when there is none, or the bytes are something else.
 */
export function retryInfoMs(status: Uint8Array | undefined): number | undefined {
  if (status === undefined) return undefined;
  try {
    for (const { number, content } of lengthDelimitedFields(cursorOver(status))) {
      const delay = number === STATUS_DETAILS ? delayOf(unpack(content)) : undefined;
      if (delay !== undefined) return delay;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return undefined;
}

// google/rpc/status.proto, error_details.proto; google/protobuf/any.proto, duration.proto
const STATUS_DETAILS = 3;
const ANY_TYPE = 1;
const ANY_VALUE = 2;
const RETRY_DELAY = 1;
const SECONDS = 1;
const NANOS = 2;

function unpack(any: Cursor): Cursor | undefined {
  let type = '';
  let value: Cursor | undefined;
  for (const { number, content } of lengthDelimitedFields(any)) {
    if (number === ANY_TYPE) type = content.bytes.toString('utf8', content.at, content.end);
    if (number === ANY_VALUE) value = content;
  }
  return type.endsWith('/google.rpc.RetryInfo')
    ? (value ?? { bytes: any.bytes, at: any.end, end: any.end })
    : undefined;
}

function delayOf(retryInfo: Cursor | undefined): number | undefined {
  if (retryInfo === undefined) return undefined;
  for (const { number, content } of lengthDelimitedFields(retryInfo)) {
    if (number === RETRY_DELAY) return durationMs(content);
  }
  return 0;
}

function durationMs(duration: Cursor): number {
  let ms = 0;
  while (duration.at < duration.end) {
    const tag = readVarint(duration);
    if (tag === (SECONDS << 3) + VARINT) ms += Number(readInt64(duration)) * 1000;
    else if (tag === (NANOS << 3) + VARINT) ms += Number(readInt64(duration)) / 1e6;
    else skipValue(duration, tag & 7);
  }
  return bounded(Math.ceil(ms));
}

function bounded(ms: number): number {
  return Math.min(Math.max(ms, 0), MAX_WAIT_MS);
}
