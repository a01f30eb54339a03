/**
 * JSON of values that a sender made up: of any depth, any size, with lone surrogates. Differs from `JSON.stringify` in
 * that it never overflows the stack, keeps within a number of bytes, and yields well-formed Unicode.
 */
import { wellFormed } from '../well-formed.ts';
import { clipBytes } from './text.ts';

/** Deeper values are left out: no reader of a span unfolds so far. */
const MAX_DEPTH = 32;
/** Strings of at most this many bytes are never cut, so that keys and kinds stay whole while texts give way. */
const KEPT_TEXT = 64;

/** A text that fits, and how large it would have been. */
export interface Bounded {
  readonly text: string;
  /** The bytes of the whole, where `text` is less than that. */
  readonly cutFrom: number | undefined;
}

/** A string's JSON form in well-formed Unicode. */
function quote(text: string): string {
  return JSON.stringify(wellFormed(text));
}

/** How large a value's JSON is, and of which strings it consists. */
export interface Weight {
  bytes: number;
  /** Bytes of each string that may be cut, quotes included. */
  readonly texts: number[];
}

export function weigh(value: unknown): Weight {
  const weight: Weight = { bytes: 0, texts: [] };
  addWeight(value, 0, weight);
  return weight;
}

function addWeight(value: unknown, depth: number, weight: Weight): void {
  if (typeof value === 'string') {
    const bytes = Buffer.byteLength(quote(value));
    weight.bytes += bytes;
    if (bytes > KEPT_TEXT) weight.texts.push(bytes);
  } else if (typeof value !== 'object' || value === null) {
    weight.bytes += scalar(value).length;
  } else if (depth === MAX_DEPTH) {
    weight.bytes += 4;
  } else if (Array.isArray(value)) {
    weight.bytes += 2 + Math.max(0, value.length - 1);
    for (const item of value) addWeight(item, depth + 1, weight);
  } else {
    const entries = Object.entries(value);
    weight.bytes += 2 + Math.max(0, entries.length - 1);
    for (const [key, item] of entries) {
      weight.bytes += Buffer.byteLength(quote(key)) + 1;
      addWeight(item, depth + 1, weight);
    }
  }
}

/** The longest that a text may be so that all texts together, none cut below `KEPT_TEXT`, fit into `room` bytes. */
function fairCap(texts: readonly number[], room: number): number {
  const sorted = [...texts].sort((a, b) => a - b);
  let left = room;
  for (const [index, bytes] of sorted.entries()) {
    const share = Math.floor(left / (sorted.length - index));
    if (bytes > share) return Math.max(KEPT_TEXT, share);
    left -= bytes;
  }
  return Number.POSITIVE_INFINITY;
}

/** The least that a value's JSON can be brought down to by cutting its texts. */
export function leastBytes(weight: Weight): number {
  return weight.bytes - sum(weight.texts) + weight.texts.length * KEPT_TEXT;
}

/**
 * A value's JSON in at most `limit` bytes. Long texts give way first, the longest most; where that is not enough, what
 * comes last is left out. What remains is always valid JSON.
 */
export function toJson(value: unknown, limit: number): Bounded {
  const whole = wholeJson(value, limit);
  if (whole !== undefined) return { text: whole, cutFrom: undefined };
  const weight = weigh(value);
  const cap = fairCap(weight.texts, limit - (weight.bytes - sum(weight.texts)));
  const page: Page = { parts: [], cap, whole: false, room: limit, lost: false };
  const text = writeValue(page, value, 0, '') ? page.parts.join('') : 'null';
  return { text, cutFrom: weight.bytes };
}

/** A value's JSON, if nothing of it has to be left out. Most values fit: only the others are worth weighing. */
export function wholeJson(value: unknown, limit: number): string | undefined {
  const page: Page = { parts: [], cap: Number.POSITIVE_INFINITY, whole: true, room: limit, lost: false };
  writeValue(page, value, 0, '');
  return page.lost ? undefined : page.parts.join('');
}

interface Page {
  readonly parts: string[];
  readonly cap: number;
  /** Anything less is of no use. */
  readonly whole: boolean;
  /** Bytes that are left, less one for each bracket that is still to be closed. */
  room: number;
  /** Something did not fit, or lay too deep. */
  lost: boolean;
}

/** Writes `lead` and the value, or nothing at all where it does not fit. Answers whether it did. */
function writeValue(page: Page, value: unknown, depth: number, lead: string): boolean {
  if (typeof value !== 'object' || value === null) {
    return put(page, lead + (typeof value === 'string' ? quoteWithin(value, page.cap) : scalar(value)));
  }
  if (depth === MAX_DEPTH) {
    page.lost = true;
    return put(page, `${lead}null`);
  }
  const list = Array.isArray(value);
  page.room--;
  if (!put(page, `${lead}${list ? '[' : '{'}`)) {
    page.room++;
    return false;
  }
  if (list) writeItems(page, value, depth + 1);
  else writeFields(page, value, depth + 1);
  page.parts.push(list ? ']' : '}');
  return true;
}

function writeItems(page: Page, items: readonly unknown[], depth: number): void {
  let lead = '';
  for (const item of items) {
    if (!writeValue(page, item, depth, lead) || isHopeless(page)) return;
    lead = ',';
  }
}

function writeFields(page: Page, fields: object, depth: number): void {
  let lead = '';
  for (const [key, value] of Object.entries(fields)) {
    if (!writeValue(page, value, depth, `${lead}${quote(key)}:`) || isHopeless(page)) return;
    lead = ',';
  }
}

function isHopeless(page: Page): boolean {
  return page.whole && page.lost;
}

function put(page: Page, text: string): boolean {
  const bytes = Buffer.byteLength(text);
  if (bytes > page.room) {
    page.lost = true;
    return false;
  }
  page.room -= bytes;
  page.parts.push(text);
  return true;
}

/** A string's JSON in at most `cap` bytes. Escapes make it longer than its text, so the text may have to give more. */
function quoteWithin(text: string, cap: number): string {
  let quoted = quote(text);
  if (cap === Number.POSITIVE_INFINITY) return quoted;
  let bytes = Buffer.byteLength(quoted);
  for (let keep = cap - 2; bytes > cap && keep > 0; ) {
    quoted = quote(clipBytes(text, keep));
    bytes = Buffer.byteLength(quoted);
    keep = Math.min(keep - 1, Math.floor((keep * cap) / bytes));
  }
  return quoted;
}

function scalar(value: unknown): string {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null';
  return typeof value === 'boolean' ? String(value) : 'null';
}

function sum(numbers: readonly number[]): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
