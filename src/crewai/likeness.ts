/** Digests by which an end without ids is known to belong to a start: small enough to keep while the start is open. */
import { jsonOrText } from '../json-text.ts';
import { asList, asText, field } from './readers.ts';

/** Arguments and messages beyond this many characters, values or levels tell no more apart. */
const MAX_TEXT = 4_096;
const MAX_VALUES = 256;
/** JSON text beyond this many characters is not parsed for a comparison. */
const MAX_JSON = 262_144;
const MAX_DEPTH = 8;
const MAX_MESSAGES = 512;

/**
 * The start of a tool carries its arguments as JSON text as a rule, its end as an object: both give the same digest.
 * Text that is no JSON stands for itself.
 */
export function digestArguments(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value.length > MAX_JSON) return undefined;
  return String(hashText(outline(typeof value === 'string' ? jsonOrText(value) : value)));
}

export function digestMessages(value: unknown): readonly number[] | undefined {
  const text = asText(value);
  if (text !== undefined) return [hashText(text)];
  return asList(value)?.slice(0, MAX_MESSAGES).map(digestMessage);
}

function digestMessage(message: unknown): number {
  return hashText(outline({ role: field(message, 'role'), content: field(message, 'content') }));
}

/** Whether the messages of an end are those of a start, or go on from them; `undefined` where either is unknown. */
export function continues(
  end: readonly number[] | undefined,
  start: readonly number[] | undefined,
): boolean | undefined {
  if (end === undefined || start === undefined) return undefined;
  return start.length <= end.length && start.every((digest, index) => digest === end[index]);
}

/** The value as text with sorted keys, cut off where it gets long. */
function outline(value: unknown): string {
  const parts: string[] = [];
  let budget = MAX_VALUES;
  const visit = (part: unknown, depth: number): void => {
    if (--budget < 0 || depth > MAX_DEPTH) return;
    if (typeof part !== 'object' || part === null) {
      parts.push(typeof part === 'string' ? part.slice(0, MAX_TEXT) : String(part));
    } else if (Array.isArray(part)) {
      for (const item of part.slice(0, MAX_VALUES)) visit(item, depth + 1);
    } else {
      for (const key of Object.keys(part).slice(0, MAX_VALUES).sort()) {
        parts.push(key);
        visit(field(part, key), depth + 1);
      }
    }
  };
  visit(value, 0);
  return parts.join('\u0000');
}

/** FNV-1a, 32 bits (draft-eastlake-fnv): fast, and no adversary gains by a collision here. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
