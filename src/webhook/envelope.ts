/**
 * Bytes of a webhook body → the events in it. A pure function without settings: the same bytes read back from the
 * journal after a restart give the same events, whatever was configured in between.
 */
import { z } from 'zod';
import type { IncomingEvent } from '../crewai/event.ts';
import { hasMoreContainersThan, mostContainers } from './containers.ts';
import { parsePythonJson } from './python-json.ts';
import { readTimestamp } from './timestamp.ts';

interface IndexedEvent {
  /** Its place in the body's list. */
  readonly index: number;
  readonly event: IncomingEvent;
}

interface Rejection {
  readonly index: number;
  /** As received, cut to {@link MAX_ECHO} characters; null where it is missing or no string. */
  readonly id: string | null;
  /** Which field is wrong and how. Never a value: values may be content. */
  readonly error: string;
}

export type BodyReading =
  | {
      readonly ok: true;
      readonly events: readonly IndexedEvent[];
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

const identifier = z
  .string({ error: issue => (issue.input === undefined ? 'is missing' : 'must be a string') })
  .min(1, 'must not be empty')
  .max(MAX_ID_LENGTH, `must not be longer than ${MAX_ID_LENGTH} characters`)
  .transform(wellFormed);

/** The envelope is checked, `data` is let through as it is, other fields are left out. */
const envelope = z.object(
  {
    id: identifier,
    execution_id: identifier,
    timestamp: z.unknown().transform((value, context) => {
      const micros = readTimestamp(value);
      if (micros !== undefined) return micros;
      const message = value === undefined ? 'is missing' : 'must be an ISO 8601 time between 1970 and 2200';
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }),
    type: identifier,
    data: z.unknown().optional(),
  },
  { error: 'must be an object' },
);

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
  const json = parsePythonJson(decoder.decode(bytes));
  if (!json.ok) return { ok: false, error: 'the body is not JSON' };
  const entries = entriesOf(json.value);
  if (entries === undefined) return { ok: false, error: 'the body has no `events` array' };

  const events: IndexedEvent[] = [];
  const rejected: Rejection[] = [];
  for (const [index, entry] of entries.entries()) {
    // A complaint costs far more than an event: millions of them would keep everybody else waiting for minutes.
    if (rejected.length === MAX_REJECTIONS && !isEvent(entry)) continue;
    const reading = envelope.safeParse(entry);
    if (reading.success) events.push({ index, event: toEvent(reading.data) });
    else if (rejected.length < MAX_REJECTIONS) rejected.push({ index, id: echo(entry), error: explain(reading.error) });
  }
  return { ok: true, events, rejected, rejectedCount: entries.length - events.length };
}

/** What {@link envelope} says, without a word of why. */
function isEvent(entry: unknown): boolean {
  if (typeof entry !== 'object' || entry === null) return false;
  const { id, execution_id, timestamp, type } = entry as Readonly<Record<string, unknown>>;
  return isIdentifier(id) && isIdentifier(execution_id) && isIdentifier(type) && readTimestamp(timestamp) !== undefined;
}

function isIdentifier(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_ID_LENGTH;
}

/** `{events: […]}`, and leniently a bare list or one bare event. */
export function entriesOf(body: unknown): readonly unknown[] | undefined {
  if (Array.isArray(body)) return body;
  if (typeof body !== 'object' || body === null) return undefined;
  if (Object.hasOwn(body, 'events')) {
    const { events } = body as { readonly events: unknown };
    return Array.isArray(events) ? events : undefined;
  }
  return Object.hasOwn(body, 'execution_id') || (Object.hasOwn(body, 'id') && Object.hasOwn(body, 'type'))
    ? [body]
    : undefined;
}

function toEvent(entry: z.output<typeof envelope>): IncomingEvent {
  return {
    id: entry.id,
    executionId: entry.execution_id,
    type: entry.type,
    time: entry.timestamp,
    data: entry.data,
  };
}

/** One complaint a field: what is no string is not also too short. */
function explain(error: z.ZodError): string {
  const complaints = new Map<string, string>();
  for (const { path, message } of error.issues) {
    const field = path.join('.');
    if (!complaints.has(field)) complaints.set(field, field === '' ? message : `${field} ${message}`);
  }
  return [...complaints.values()].join('; ');
}

function echo(entry: unknown): string | null {
  if (typeof entry !== 'object' || entry === null || !Object.hasOwn(entry, 'id')) return null;
  const { id } = entry as { readonly id: unknown };
  return typeof id === 'string' ? wellFormed(id.slice(0, MAX_ECHO)) : null;
}

/** A lone surrogate has no UTF-8: it would make two ids out of one once written and read back. */
export function wellFormed(text: string): string {
  return /\p{Surrogate}/u.test(text) ? Buffer.from(text, 'utf8').toString('utf8') : text;
}
