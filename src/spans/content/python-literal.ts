/**
 * Reads Python source of plain values. CrewAI's events carry the deeper parts of their data as `repr()`: tool calls
 * inside messages, parameters of tools, records of memory.
 */

/** Longer text is not read: it stays what it is, a text. */
const MAX_LENGTH = 65_536;
const MAX_DEPTH = 16;

/** Says that the text is no literal. A value of its own, for `None` reads as null. */
const NO_LITERAL = Symbol('no literal');

type Read = unknown | typeof NO_LITERAL;

interface Cursor {
  readonly text: string;
  at: number;
}

/** The value of a Python literal: dict, list, tuple, str, number, bool or None. `undefined` for any other text. */
export function readPythonLiteral(text: string): unknown {
  if (text.length > MAX_LENGTH) return undefined;
  const cursor: Cursor = { text, at: 0 };
  const value = readValue(cursor, 0);
  skipSpace(cursor);
  return value === NO_LITERAL || cursor.at < text.length ? undefined : value;
}

/** A text without the quotes that `repr()` put around it; any other text as it is. */
export function unquoted(text: string): string {
  const first = text[0];
  if ((first !== "'" && first !== '"') || text.length < 2 || text[text.length - 1] !== first) return text;
  const value = readPythonLiteral(text);
  return typeof value === 'string' ? value : text;
}

/** A value whose deeper parts are `repr()`s, these read: `"{'type': 'string'}"` is an object again. */
export function revived(value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) return value;
  if (typeof value === 'string') return revivedText(value, depth);
  if (Array.isArray(value)) return value.map(item => revived(item, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  return mapFields(value, item => revived(item, depth + 1));
}

function revivedText(text: string, depth: number): unknown {
  if (!/^['"[{(]/.test(text)) return text;
  const value = readPythonLiteral(text);
  if (typeof value === 'string') return value;
  return value === undefined ? text : revived(value, depth + 1);
}

/** Without a prototype: a key may be `__proto__`. */
function mapFields(fields: object, change: (value: unknown) => unknown): object {
  const changed: Record<string, unknown> = Object.create(null);
  for (const [key, value] of Object.entries(fields)) changed[key] = change(value);
  return changed;
}

function readValue(cursor: Cursor, depth: number): Read {
  skipSpace(cursor);
  const first = cursor.text[cursor.at];
  if (first === "'" || first === '"') return readString(cursor, first);
  if (first === undefined || depth === MAX_DEPTH) return NO_LITERAL;
  if (first === '{') return readDict(cursor, depth + 1);
  if (first === '[') return readItems(cursor, ']', depth + 1);
  if (first === '(') return readItems(cursor, ')', depth + 1);
  return readWord(cursor);
}

function readDict(cursor: Cursor, depth: number): Read {
  const dict: Record<string, unknown> = Object.create(null);
  cursor.at++;
  for (;;) {
    if (take(cursor, '}')) return dict;
    const key = readValue(cursor, depth);
    if (typeof key !== 'string' || !take(cursor, ':')) return NO_LITERAL;
    const value = readValue(cursor, depth);
    if (value === NO_LITERAL) return NO_LITERAL;
    dict[key] = value;
    if (!take(cursor, ',')) return take(cursor, '}') ? dict : NO_LITERAL;
  }
}

function readItems(cursor: Cursor, close: string, depth: number): Read {
  const items: unknown[] = [];
  cursor.at++;
  for (;;) {
    if (take(cursor, close)) return items;
    const value = readValue(cursor, depth);
    if (value === NO_LITERAL) return NO_LITERAL;
    items.push(value);
    if (!take(cursor, ',')) return take(cursor, close) ? items : NO_LITERAL;
  }
}

const WORD = /(?:True|False|None|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\b/y;
const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['True', true],
  ['False', false],
  ['None', null],
]);

function readWord(cursor: Cursor): Read {
  WORD.lastIndex = cursor.at;
  const word = WORD.exec(cursor.text)?.[0];
  if (word === undefined) return NO_LITERAL;
  cursor.at += word.length;
  return WORDS.has(word) ? WORDS.get(word) : Number(word);
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '\\': '\\',
  "'": "'",
  '"': '"',
};
const CODE_ESCAPES: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function readString(cursor: Cursor, mark: string): Read {
  let read = '';
  let from = ++cursor.at;
  for (; cursor.at < cursor.text.length; cursor.at++) {
    const char = cursor.text[cursor.at];
    if (char === mark) {
      read += cursor.text.slice(from, cursor.at++);
      return read;
    }
    if (char !== '\\') continue;
    read += cursor.text.slice(from, cursor.at++);
    read += readEscape(cursor);
    from = cursor.at + 1;
  }
  return NO_LITERAL;
}

/** Leaves the cursor on the last character of the escape. */
function readEscape(cursor: Cursor): string {
  const kind = cursor.text[cursor.at] ?? '';
  const digits = CODE_ESCAPES[kind];
  if (digits === undefined) return ESCAPES[kind] ?? `\\${kind}`;
  const code = Number.parseInt(cursor.text.slice(cursor.at + 1, cursor.at + 1 + digits), 16);
  cursor.at += digits;
  return Number.isNaN(code) || code > 0x10ffff ? '\uFFFD' : String.fromCodePoint(code);
}

function take(cursor: Cursor, char: string): boolean {
  skipSpace(cursor);
  if (cursor.text[cursor.at] !== char) return false;
  cursor.at++;
  return true;
}

function skipSpace(cursor: Cursor): void {
  while (cursor.text[cursor.at] === ' ' || cursor.text[cursor.at] === '\n') cursor.at++;
}
