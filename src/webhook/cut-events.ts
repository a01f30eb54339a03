/**
 * Cuts the bytes of `{"events":[…]}` between its events, so that a few at a time are decoded and parsed. A whole batch
 * is a large text, of two bytes a character as soon as one of them is beyond Latin-1: slower to decode and to parse.
 */

/** What stands before the first event and behind the last. White space is JSON's own: nobody checks it once more. */
const HEAD = /^[ \t\n\r]*\{[ \t\n\r]*"events"[ \t\n\r]*:[ \t\n\r]*\[/;
const TAIL = /\][ \t\n\r]*\}[ \t\n\r]*$/;
/** How an event begins: a field that is a string, and the name of the next. */
const BEGINNING = /^\s*(\{\s*"[^"\\]*"\s*:\s*")([^"\\]*)("\s*,\s*"[^"\\]*"\s*:)/;

/** Where they are looked for, in bytes. */
const HEAD_BYTES = 1024;
const TAIL_BYTES = 64;

/** Of a piece, in bytes, but for the last: small events stay together, since each call of a parser has its price. */
const SHORTEST = 8 * 1024;

const COMMA = 0x2c;
const BLANKS: ReadonlySet<number | undefined> = new Set(Buffer.from(' \t\n\r'));

/**
 * Views into the body, each with one event or several and the commas between them. If each is JSON once it stands in
 * brackets, they hold the events of the body, since only commas were cut away between them. If one is not, a cut was
 * wrong or the body is no JSON. Cuts are made where events begin as the first one does, as those of one sender do:
 * with the same fields, and with ids of the same length. None at all of a body that looks otherwise or is short.
 */
export function* cutEvents(body: Uint8Array): Generator<Uint8Array, void> {
  if (body.length <= SHORTEST) return;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  const text = bytes.toString('latin1', 0, HEAD_BYTES);
  const head = HEAD.exec(text)?.[0];
  const tail = TAIL.exec(bytes.subarray(-TAIL_BYTES).toString('latin1'))?.[0];
  if (head === undefined || tail === undefined) return;
  const [, opening, value, next] = BEGINNING.exec(text.slice(head.length)) ?? [];
  if (opening === undefined || value === undefined || next === undefined) return;

  const first = Buffer.from(opening, 'latin1');
  const second = Buffer.from(next, 'latin1');
  const distance = opening.length + value.length;
  const beginsAt = (at: number) => second.equals(bytes.subarray(at + distance, at + distance + second.length));

  let from = head.length;
  let at = bytes.indexOf(first, from + SHORTEST);
  while (at >= 0) {
    const comma = lastBefore(bytes, at);
    if (bytes[comma] === COMMA && beginsAt(at)) {
      yield bytes.subarray(from, comma);
      from = at;
      at += SHORTEST;
    } else at += distance;
    at = bytes.indexOf(first, at);
  }
  yield bytes.subarray(from, bytes.length - tail.length);
}

/** The last before it that is not blank. */
function lastBefore(bytes: Uint8Array, at: number): number {
  let last = at - 1;
  while (BLANKS.has(bytes[last])) last -= 1;
  return last;
}
