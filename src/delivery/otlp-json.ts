/**
 * From OTLP protobuf to OTLP/JSON (OTLP 1.x, "JSON Protobuf Encoding"): ids as hex, enums as integers, 64-bit integers
 * as decimal strings, bytes as base64. Which fields stand there when they are empty, and in which order, follows the
 * JSON serialiser of OpenTelemetry JS, so a backend sees no difference. Fields not in the tables are left out.
 */
import { type Cursor, contentOf, cursorOver, readInt64, readSlice, readVarint, skipValue, take } from './wire.ts';

type Json = undefined | boolean | number | string | Json[] | JsonObject;
/** Without a prototype, so that no name of a field means anything else. */
interface JsonObject {
  [name: string]: Json;
}

type Scalar = 'string' | 'hex' | 'base64' | 'bool' | 'int' | 'int64' | 'fixed32' | 'fixed64' | 'double';

interface FieldOf {
  readonly number: number;
  readonly name: string;
  readonly type: Scalar | (() => MessageTable);
  readonly repeated?: true;
  /** What stands there when the field is absent; `undefined`: nothing. Repeated fields that have one start as `[]`. */
  readonly empty?: 0 | '' | '0' | 'list';
}

type MessageTable = readonly FieldOf[];

const attributes = (number: number): FieldOf => ({
  number,
  name: 'attributes',
  type: () => KEY_VALUE,
  repeated: true,
  empty: 'list',
});
const dropped = (number: number, name: string): FieldOf => ({ number, name, type: 'int', empty: 0 });

const KEY_VALUE: MessageTable = [
  { number: 1, name: 'key', type: 'string', empty: '' },
  { number: 2, name: 'value', type: () => ANY_VALUE },
];

const ANY_VALUE: MessageTable = [
  { number: 1, name: 'stringValue', type: 'string' },
  { number: 2, name: 'boolValue', type: 'bool' },
  { number: 3, name: 'intValue', type: 'int64' },
  { number: 4, name: 'doubleValue', type: 'double' },
  { number: 5, name: 'arrayValue', type: () => ARRAY_VALUE },
  { number: 6, name: 'kvlistValue', type: () => KEY_VALUE_LIST },
  { number: 7, name: 'bytesValue', type: 'base64' },
];

const ARRAY_VALUE: MessageTable = [{ number: 1, name: 'values', type: () => ANY_VALUE, repeated: true, empty: 'list' }];

const KEY_VALUE_LIST: MessageTable = [
  { number: 1, name: 'values', type: () => KEY_VALUE, repeated: true, empty: 'list' },
];

const EVENT: MessageTable = [
  attributes(3),
  { number: 2, name: 'name', type: 'string', empty: '' },
  { number: 1, name: 'timeUnixNano', type: 'fixed64', empty: '0' },
  dropped(4, 'droppedAttributesCount'),
];

const LINK: MessageTable = [
  attributes(4),
  { number: 2, name: 'spanId', type: 'hex', empty: '' },
  { number: 1, name: 'traceId', type: 'hex', empty: '' },
  { number: 3, name: 'traceState', type: 'string' },
  dropped(5, 'droppedAttributesCount'),
  { number: 6, name: 'flags', type: 'fixed32', empty: 0 },
];

const STATUS: MessageTable = [
  { number: 3, name: 'code', type: 'int', empty: 0 },
  { number: 2, name: 'message', type: 'string' },
];

const SPAN: MessageTable = [
  { number: 1, name: 'traceId', type: 'hex', empty: '' },
  { number: 2, name: 'spanId', type: 'hex', empty: '' },
  { number: 4, name: 'parentSpanId', type: 'hex' },
  { number: 3, name: 'traceState', type: 'string' },
  { number: 5, name: 'name', type: 'string', empty: '' },
  { number: 6, name: 'kind', type: 'int', empty: 0 },
  { number: 7, name: 'startTimeUnixNano', type: 'fixed64', empty: '0' },
  { number: 8, name: 'endTimeUnixNano', type: 'fixed64', empty: '0' },
  attributes(9),
  dropped(10, 'droppedAttributesCount'),
  { number: 11, name: 'events', type: () => EVENT, repeated: true, empty: 'list' },
  dropped(12, 'droppedEventsCount'),
  { number: 15, name: 'status', type: () => STATUS },
  { number: 13, name: 'links', type: () => LINK, repeated: true, empty: 'list' },
  dropped(14, 'droppedLinksCount'),
  { number: 16, name: 'flags', type: 'fixed32', empty: 0 },
];

const SCOPE: MessageTable = [
  { number: 1, name: 'name', type: 'string', empty: '' },
  { number: 2, name: 'version', type: 'string' },
  { number: 3, name: 'attributes', type: () => KEY_VALUE, repeated: true },
  { number: 4, name: 'droppedAttributesCount', type: 'int' },
];

const SCOPE_SPANS: MessageTable = [
  { number: 1, name: 'scope', type: () => SCOPE },
  { number: 2, name: 'spans', type: () => SPAN, repeated: true, empty: 'list' },
  { number: 3, name: 'schemaUrl', type: 'string' },
];

const RESOURCE: MessageTable = [attributes(1), dropped(2, 'droppedAttributesCount')];

const RESOURCE_SPANS: MessageTable = [
  { number: 1, name: 'resource', type: () => RESOURCE },
  { number: 2, name: 'scopeSpans', type: () => SCOPE_SPANS, repeated: true, empty: 'list' },
  { number: 3, name: 'schemaUrl', type: 'string' },
];

const REQUEST: MessageTable = [
  { number: 1, name: 'resourceSpans', type: () => RESOURCE_SPANS, repeated: true, empty: 'list' },
];

/** A message that is being read: the innermost is the last of the stack. */
interface OpenMessage {
  readonly cursor: Cursor;
  readonly table: MessageTable;
  readonly into: JsonObject;
}

/**
 * The same `ExportTraceServiceRequest` as JSON text. Reads with a stack of its own, so depth costs no call stack;
 * throws a RangeError for bytes that are no such message, or nested deeper than `JSON.stringify` can follow.
 */
export function otlpJson(request: Uint8Array): string {
  const root = emptyMessage(REQUEST);
  const stack: OpenMessage[] = [{ cursor: cursorOver(request), table: REQUEST, into: root }];
  for (let open = stack.at(-1); open !== undefined; open = stack.at(-1)) {
    const inner = readUntilMessage(open);
    if (inner === undefined) stack.pop();
    else stack.push(inner);
  }
  return JSON.stringify(root);
}

/** Reads fields until one is a message, which is to be read next; `undefined` at the end. */
function readUntilMessage({ cursor, table, into }: OpenMessage): OpenMessage | undefined {
  while (cursor.at < cursor.end) {
    const tag = readVarint(cursor);
    const found = table.find(({ number }) => number === tag >>> 3);
    if (found === undefined) {
      skipValue(cursor, tag & 7);
    } else if (typeof found.type === 'function') {
      const inner = found.type();
      const message = emptyMessage(inner);
      put(into, found, message);
      return { cursor: readSlice(cursor), table: inner, into: message };
    } else {
      put(into, found, readScalar(cursor, found.type));
    }
  }
  return undefined;
}

function put(into: JsonObject, { name, repeated }: FieldOf, value: Json): void {
  const list = into[name];
  if (!repeated) into[name] = value;
  else if (Array.isArray(list)) list.push(value);
  else into[name] = [value];
}

function emptyMessage(table: MessageTable): JsonObject {
  const message: JsonObject = Object.create(null);
  // Each name is set, so that the fields stand in the order of the table; JSON leaves out what is undefined.
  for (const { name, empty } of table) message[name] = empty === 'list' ? [] : empty;
  return message;
}

function readScalar(cursor: Cursor, type: Scalar): Json {
  switch (type) {
    case 'string':
      return contentOf(readSlice(cursor)).toString('utf8');
    case 'hex':
      return contentOf(readSlice(cursor)).toString('hex');
    case 'base64':
      return contentOf(readSlice(cursor)).toString('base64');
    case 'bool':
      return readVarint(cursor) !== 0;
    case 'int':
      return readVarint(cursor);
    case 'int64':
      return readInt64(cursor).toString();
    case 'fixed32':
      return cursor.bytes.readUInt32LE(take(cursor, 4));
    case 'fixed64':
      return cursor.bytes.readBigUInt64LE(take(cursor, 8)).toString();
    case 'double':
      return doubleValue(cursor.bytes.readDoubleLE(take(cursor, 8)));
  }
}

/** JSON has no other way to write these; the protobuf mapping gives them names. */
function doubleValue(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
