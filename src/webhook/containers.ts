/**
 * How many lists and objects JSON holds, told from its bytes. Two bytes, `[]`, become some fifty in memory: a body made
 * of brackets would take up thirty times what it was let in for, and seconds to read.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;

/** Any small body may hold so many, however it is built. */
const FREE_CONTAINERS = 100_000;
/** Of a large body, for each list or object. CrewAI's events come to fifty and more. */
const LEAST_BYTES_EACH = 16;

export function mostContainers(bytes: number): number {
  return FREE_CONTAINERS + Math.floor(bytes / LEAST_BYTES_EACH);
}

/** Whether more lists and objects begin than `limit`. What is no JSON is somebody else's to say. */
export function hasMoreContainersThan(bytes: Uint8Array, limit: number): boolean {
  let containers = 0;
  // Once there are not enough bytes left, they may be brackets all of them. Most bodies are small enough from the start.
  for (let at = 0; at + limit < bytes.length + containers; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfString(bytes, at);
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      containers += 1;
      if (containers > limit) return true;
    }
  }
  return false;
}

/** The index of the quote that closes the string opened at `open`. Bytes of UTF-8 beyond ASCII are no quotes. */
function endOfString(bytes: Uint8Array, open: number): number {
  let quote = bytes.indexOf(QUOTE, open + 1);
  while (quote >= 0 && isEscaped(bytes, quote, open)) quote = bytes.indexOf(QUOTE, quote + 1);
  return quote < 0 ? bytes.length : quote;
}

function isEscaped(bytes: Uint8Array, quote: number, open: number): boolean {
  let at = quote - 1;
  while (at > open && bytes[at] === BACKSLASH) at -= 1;
  return (quote - 1 - at) % 2 === 1;
}
