/**
 * Parsing makes a new string of each id and each name, though an id is repeated by all events that refer to it, and a
 * role or a name by all of a run. What is kept of thousands of events until they settle is kept once.
 */

/** Shorter ones are no gain, longer ones repeat rarely. Characters. */
const MIN_LENGTH = 8;
const MAX_LENGTH = 256;
/** A power of two. About as many ids as come within a second at full load: start and end share theirs that long. */
const SLOTS = 8_192;
const slots: (string | undefined)[] = new Array(SLOTS).fill(undefined);

/** The same text, as the string that came before where that is still known. Nothing but memory depends on it. */
export function shared<Text extends string | undefined>(text: Text): Text;
export function shared(text: string | undefined): string | undefined {
  if (text === undefined || text.length < MIN_LENGTH || text.length > MAX_LENGTH) return text;
  const slot = slotOf(text);
  const known = slots[slot];
  if (known === text) return known;
  slots[slot] = text;
  return text;
}

/** A copy of `text`, well-formed, that keeps nothing else alive: V8 keeps the whole of a string as long as a slice lives. */
export function detached(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

/** A text that is to be kept, or the beginning of one that is too long for that. */
export function beginningOf(text: string, length: number): string {
  return text.length <= length ? text : detached(text.slice(0, length));
}

/** By both ends: those of UUIDs are random, and words differ in them as well. A map would read every character. */
function slotOf(text: string): number {
  const { length } = text;
  let hash = length;
  for (let at = 0; at < 4; at++) {
    hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
    hash = (Math.imul(hash, 31) + text.charCodeAt(length - 1 - at)) | 0;
  }
  return (hash ^ (hash >>> 15)) & (SLOTS - 1);
}
