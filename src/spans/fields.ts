/**
 * The scalar fields of events that have no attributes of their own in the conventions: most marks, and the operations
 * that are no more than their name. A string is content unless its field is known to hold none.
 */
import { COMMON_FIELDS } from '../crewai/common-fields.ts';
import type { JsonObject } from '../crewai/readers.ts';
import { asText } from '../crewai/readers.ts';
import { GEN_AI } from './attributes.ts';
import { readEndpoint } from './endpoint.ts';
import { putContent, putErrorText, putFlag, putNumber, putText, putTexts, type Sheet } from './sheet.ts';

/** Where a kind of event's fields go, and what is known of them. */
export interface Namespace {
  /** `crewai.skill`: put before each field's name. */
  readonly prefix: string;
  /** Fields whose strings are no content. */
  readonly plain?: readonly string[];
  /** Fields with another name on the span. */
  readonly renamed?: Readonly<Record<string, string>>;
}

/** What every event carries is on every span already, or describes the event and not the run. */
const COMMON: ReadonlySet<string> = new Set([...COMMON_FIELDS, 'task_id', 'task_name', 'agent_id', 'agent_role']);

/** Of an event that a sender made up. */
const MAX_FIELDS = 32;
const MAX_FIELD_NAME = 64;

/** An operation's error is its status; a mark's error is a field like any other, of which the first line may leave. */
export type ErrorField = 'skip' | 'first line';

export function putFields(sheet: Sheet, data: JsonObject, namespace: Namespace, error: ErrorField): void {
  let fields = 0;
  for (const key of Object.keys(data)) {
    if (fields === MAX_FIELDS) return;
    if (COMMON.has(key) || key === '' || key.length > MAX_FIELD_NAME) continue;
    if (key === 'error' && error === 'skip') continue;
    if (putField(sheet, `${namespace.prefix}.${nameOf(key, namespace)}`, key, data[key], namespace)) fields++;
  }
}

/** Own names only: a field may be called `constructor`. */
function nameOf(key: string, { renamed = {} }: Namespace): string {
  return Object.hasOwn(renamed, key) ? (renamed[key] ?? key) : key;
}

function putField(sheet: Sheet, attribute: string, key: string, value: unknown, namespace: Namespace): boolean {
  if (key === 'session_id') putText(sheet, GEN_AI.conversationId, value);
  else if (key === 'error') putErrorText(sheet, attribute, value);
  else if (key === 'endpoint') putText(sheet, attribute, readEndpoint(value)?.url);
  else if (typeof value === 'number') putNumber(sheet, attribute, value);
  else if (typeof value === 'boolean') putFlag(sheet, attribute, value);
  else if (namespace.plain?.includes(key)) putPlain(sheet, attribute, value);
  else if (typeof value === 'string') putContent(sheet, attribute, value);
  else return false;
  return true;
}

function putPlain(sheet: Sheet, attribute: string, value: unknown): void {
  if (asText(value) === undefined) putTexts(sheet, attribute, value);
  else putText(sheet, attribute, value);
}
