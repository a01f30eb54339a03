/**
 * How many lists and objects JSON holds, told from its bytes. Two bytes, `[]`, become some fifty in memory: a body made
 * of brackets would take up thirty times what it was let in for, and seconds to read.
 */
import { endOfString, IN_BYTES } from './json-strings.ts';

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
  if (bytes.length <= limit || !hasMoreBracketsThan(bytes, limit)) return false;
  let containers = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === IN_BYTES.quote) at = endOfString(bytes, at, IN_BYTES) - 1;
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      containers += 1;
      if (containers > limit) return true;
    }
  }
  return false;
}

/** Those in strings are counted too: that is soon done, and enough to let pass what is no attack. */
function hasMoreBracketsThan(bytes: Uint8Array, limit: number): boolean {
  let brackets = 0;
  for (const bracket of [OPEN_LIST, OPEN_OBJECT]) {
    for (let at = bytes.indexOf(bracket); at >= 0; at = bytes.indexOf(bracket, at + 1)) {
      brackets += 1;
      if (brackets > limit) return true;
    }
  }
  return false;
}
