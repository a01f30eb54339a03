/**
 * Tolerant readers of an event's `data`: any field may be missing, null, of another type, or huge. A reader answers
 * `undefined` for what it cannot use and never throws.
 */
import { wellFormed } from '../well-formed.ts';

/** A JSON object as received. Own keys only are to be trusted: `__proto__` may be one of them. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

export function asList(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

/** A string with something in it. */
export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A finite number, or a string that is one (`"0"` stands for 0 in deeply nested CrewAI objects). */
export function asNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value === '' || value.length > 32) return undefined;
  const parsed = Number(value);
  return Number.isFinite(parsed) ? parsed : undefined;
}

export function asBoolean(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

/**
 * The own property `key` of an object; `undefined` for anything that is no object. Of what is known to be an object, a
 * key that `Object.prototype` does not have is as well read directly.
 */
export function field(value: unknown, key: string): unknown {
  const object = asObject(value);
  const found = object?.[key];
  return found === undefined || object === undefined || !Object.hasOwn(object, key) ? undefined : found;
}

/** Ids are kept for as long as their operation is known; no sender needs longer ones. Characters. */
const MAX_ID_LENGTH = 512;

/**
 * An id: a string of any form, or a number written as one. One that is too long is none. Well-formed, as ids of the
 * envelope are.
 */
export function asId(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
  const isOne = typeof value === 'string' && value !== '' && value.length <= MAX_ID_LENGTH;
  return isOne ? wellFormed(value) : undefined;
}

const PYTHON_STRING = /^'([^'\\]*)'$|^"([^"\\]*)"$/;
const PYTHON_ENUM = /^<[\w.]+: '([^']*)'>$/;
const PYTHON_CLASS = /^<class '([^']*)'>$/;

/**
 * Text that CrewAI wrote as Python source: deeply nested strings arrive quoted (`"'lookup'"`), enum members as
 * `<LLMCallType.LLM_CALL: 'llm_call'>`, classes as `<class 'ValueError'>`. Anything else is returned as it is.
 */
export function unquotePython(text: string): string {
  if (text.length > 1024) return text;
  const quoted = PYTHON_STRING.exec(text);
  if (quoted) return quoted[1] ?? quoted[2] ?? '';
  return PYTHON_ENUM.exec(text)?.[1] ?? PYTHON_CLASS.exec(text)?.[1] ?? text;
}
