/**
 * Bytes of a webhook body → the events in it. A pure function without settings: the same bytes read back from the
 * journal after a restart give the same events, whatever was configured in between.
 */
import type { IncomingEvent } from '../crewai/event.ts';
import { readTimestamp } from '../crewai/timestamp.ts';
import { wellFormed } from '../well-formed.ts';
import { hasMoreContainersThan, mostContainers } from './containers.ts';
import { cutEvents } from './cut-events.ts';
import { parsePythonJson } from './python-json.ts';

interface Rejection {
  /** Its place in the body's list. */
  readonly index: number;
  /** As received, cut to {@link MAX_ECHO} characters; null where it is missing or no string. */
  readonly id: string | null;
  /** Which field is wrong and how. Never a value: values may be content. */
  readonly error: string;
}

export type BodyReading =
  | {
      readonly ok: true;
      readonly events: readonly IncomingEvent[];
      /** The first {@link MAX_REJECTIONS} of the events that are none. */
      readonly rejected: readonly Rejection[];
      /** All of them. */
      readonly rejectedCount: number;
    }
  | { readonly ok: false; readonly error: string };

/** Of `id`, `execution_id` and `type`, in UTF-16 units: a UUID has 36. */
export const MAX_ID_LENGTH = 512;
/** Of an id repeated in an answer. */
export const MAX_ECHO = 100;
/** A body of commas and zeros holds millions of bad events; the answer to it stays small. */
const MAX_REJECTIONS = 1000;

const MISSING = 'is missing';

/** One of the list, not checked yet. */
interface Entry {
  readonly id?: unknown;
  readonly execution_id?: unknown;
  readonly timestamp?: unknown;
  readonly type?: unknown;
  readonly data?: unknown;
}

// Invalid UTF-8 becomes U+FFFD instead of costing the batch; the bytes kept in the journal stay as received. A byte
// order mark is skipped.
const decoder = new TextDecoder('utf-8');

/** Reads a body, inflated already. Never throws. */
export function readBody(bytes: Uint8Array): BodyReading {
  if (bytes.length === 0) return { ok: false, error: 'the body is empty' };
  const most = mostContainers(bytes.length);
  if (hasMoreContainersThan(bytes, most)) {
    return { ok: false, error: `the body holds more than ${most} lists and objects` };
  }
  const list = readPieces(bytes) ?? readWhole(bytes);
  if (!list.ok) return list;
  const { entries } = list;

  const events: IncomingEvent[] = [];
  const rejected: Rejection[] = [];
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index];
    const event = readEvent(entry);
    if (event !== undefined) events.push(event);
    else if (rejected.length < MAX_REJECTIONS) rejected.push({ index, id: echo(entry), error: explain(entry) });
  }
  return { ok: true, events, rejected, rejectedCount: entries.length - events.length };
}

type ListReading =
  | { readonly ok: true; readonly entries: readonly unknown[] }
  | { readonly ok: false; readonly error: string };

function readPieces(bytes: Uint8Array): ListReading | undefined {
  const entries: unknown[] = [];
  for (const piece of cutEvents(bytes)) {
    const json = parsePythonJson(`[${decoder.decode(piece)}]`);
    if (!json.ok || !Array.isArray(json.value)) return undefined;
    for (const entry of json.value) entries.push(entry);
  }
  return entries.length === 0 ? undefined : { ok: true, entries };
}

function readWhole(bytes: Uint8Array): ListReading {
  const json = parsePythonJson(decoder.decode(bytes));
  if (!json.ok) return { ok: false, error: 'the body is not JSON' };
  const entries = entriesOf(json.value);
  return entries === undefined ? { ok: false, error: 'the body has no `events` array' } : { ok: true, entries };
}

/** The envelope is checked, `data` is let through as it is, other fields are left out. */
function readEvent(entry: unknown): IncomingEvent | undefined {
  if (!isObject(entry)) return undefined;
  const { id, execution_id, timestamp, type, data } = entry;
  if (!isIdentifier(id) || !isIdentifier(execution_id) || !isIdentifier(type)) return undefined;
  const time = readTimestamp(timestamp);
  if (time === undefined) return undefined;
  return { id: wellFormed(id), executionId: wellFormed(execution_id), type: wellFormed(type), time, data };
}

/** Whether an entry of a body's list is an event. */
export function isEvent(entry: unknown): boolean {
  return readEvent(entry) !== undefined;
}

/** What of an entry is no event, and why: one complaint a field. */
function explain(entry: unknown): string {
  if (!isObject(entry)) return 'must be an object';
  const { id, execution_id, timestamp, type } = entry;
  const faults = {
    id: isIdentifier(id) ? undefined : identifierFault(id),
    execution_id: isIdentifier(execution_id) ? undefined : identifierFault(execution_id),
    timestamp: readTimestamp(timestamp) === undefined ? timestampFault(timestamp) : undefined,
    type: isIdentifier(type) ? undefined : identifierFault(type),
  };
  return Object.entries(faults)
    .flatMap(([field, fault]) => (fault === undefined ? [] : `${field} ${fault}`))
    .join('; ');
}

function isObject(entry: unknown): entry is Entry {
  return typeof entry === 'object' && entry !== null && !Array.isArray(entry);
}

function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_ID_LENGTH;
}

function identifierFault(value: unknown): string {
  if (value === undefined) return MISSING;
  if (typeof value !== 'string') return 'must be a string';
  return value === '' ? 'must not be empty' : `must not be longer than ${MAX_ID_LENGTH} characters`;
}

function timestampFault(value: unknown): string {
  return value === undefined ? MISSING : 'must be an ISO 8601 time between 1970 and 2200';
}

/** `{events: […]}`, and leniently a bare list or one bare event. */
export function entriesOf(body: unknown): readonly unknown[] | undefined {
  if (Array.isArray(body)) return body;
  if (typeof body !== 'object' || body === null) return undefined;
  if ('events' in body) return Array.isArray(body.events) ? body.events : undefined;
  return 'execution_id' in body || ('id' in body && 'type' in body) ? [body] : undefined;
}

function echo(entry: unknown): string | null {
  if (!isObject(entry)) return null;
  const { id } = entry;
  return typeof id === 'string' ? wellFormed(id.slice(0, MAX_ECHO)) : null;
}
