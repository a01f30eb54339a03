/**
 * JSON as Python writes it. `json.dumps` puts `NaN`, `Infinity` and `-Infinity` bare into its output, which RFC 8259
 * does not allow; here they are read as null, so that one odd float does not cost a whole batch.
 */
import { parseJson } from '../json-text.ts';
import { endOfString, IN_TEXT } from './json-strings.ts';

export type JsonReading = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

const PYTHON_ONLY = /-?Infinity|NaN/g;

/** Reads JSON text. The error of `JSON.parse` is dropped on purpose: its message quotes the text, which is content. */
export function parsePythonJson(text: string): JsonReading {
  const strict = parse(text);
  if (strict.ok) return strict;
  const repaired = nullifyNonFinite(text);
  return repaired === text ? strict : parse(repaired);
}

/**
 * Replaces the three words outside of strings. No care is needed for what stands around them: a `null` glued to
 * another token is as little JSON as the word it replaces.
 */
export function nullifyNonFinite(text: string): string {
  const parts: string[] = [];
  let from = 0;
  while (from < text.length) {
    const quote = text.indexOf(IN_TEXT.quote, from);
    const outside = quote < 0 ? text.slice(from) : text.slice(from, quote);
    parts.push(outside.replace(PYTHON_ONLY, 'null'));
    if (quote < 0) break;
    const end = endOfString(text, quote, IN_TEXT);
    parts.push(text.slice(quote, end));
    from = end;
  }
  return parts.join('');
}

function parse(text: string): JsonReading {
  const value = parseJson(text);
  return value === undefined ? { ok: false } : { ok: true, value };
}
