/**
 * Text as it may leave on a span: well-formed, bounded, and no slice of a larger string. V8 keeps the whole of a string
 * alive as long as a slice of it lives, and an event's `data` may be megabytes.
 */
import { detached } from '../crewai/shared-texts.ts';
import { wellFormed } from '../well-formed.ts';

/** Nothing but white space. Most texts show by their first character that they are not. */
export function isBlank(text: string): boolean {
  const first = text.charCodeAt(0);
  return !(first > 0x20 && first < 0x7f) && text.trim() === '';
}

/** So many blanks that stay alive cost less than a copy. Characters. */
const FEW_BLANKS = 64;

/** A text without the blanks around it. */
export function trimmed(text: string): string {
  const rest = text.trim();
  return text.length - rest.length <= FEW_BLANKS ? rest : detached(rest);
}

/** At most `limit` UTF-16 units of `text`, never half a code point. */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return wellFormed(text);
  return detached(text.slice(0, boundary(text, limit)));
}

/** At most `limit` bytes of UTF-8 of `text`, never half a code point. */
export function clipBytes(text: string, limit: number): string {
  if (text.length * 3 <= limit || Buffer.byteLength(text) <= limit) return wellFormed(text);
  const bytes = Buffer.from(text.slice(0, limit), 'utf8');
  let end = Math.min(limit, bytes.length);
  while (end > 0 && end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}

/** Error texts leave without content capture up to here. */
const FIRST_LINE_BYTES = 1024;

/** The first line of a text that has something in it, at most 1 KiB. */
export function firstLine(text: string): string {
  const head = text.slice(0, 4 * FIRST_LINE_BYTES).trimStart();
  return clipBytes(detached(head.split(/[\r\n\u2028\u2029]/, 1)[0] ?? '').trimEnd(), FIRST_LINE_BYTES);
}

/** A name is shown in lists and grouped by: longer or multi-line text is no name. */
const MAX_NAME = 80;

/** `text` if it may stand in a span's name: one line of at most 80 characters. */
export function asName(text: string | undefined): string | undefined {
  const name = text === undefined ? '' : trimmed(text);
  if (name === '' || name.length > MAX_NAME || /[\p{Cc}\u2028\u2029]/u.test(name)) return undefined;
  return wellFormed(name);
}

/** Before half a surrogate pair rather than after it. */
function boundary(text: string, limit: number): number {
  const last = text.charCodeAt(limit - 1);
  return last >= 0xd800 && last <= 0xdbff ? Math.max(0, limit - 1) : limit;
}
