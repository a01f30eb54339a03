/** Points in time, in every form that CrewAI has written them in: the envelope's `timestamp`, and times in `data`. */

/** Date, time, fraction and offset of ISO 8601 as Python's `isoformat()` and `str()` of a datetime write them. */
const ISO = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:[Zz]|[+-]\d\d:?\d\d)?$/;
/** Where its fraction begins, if it has one. */
const AFTER_SECONDS = 19;
const MICRO_DIGITS = 6;
const ZERO = '0'.charCodeAt(0);

const SECOND = 1_000_000;
const EARLIEST = 0;
/** The first microsecond of the year 2201: later ones are no time a run was at, but a broken clock or a wrong unit. */
const TOO_LATE = Date.UTC(2201, 0, 1) * 1000;

/**
 * Numbers are taken when their unit is beyond doubt: read as seconds or as milliseconds they must fall between the
 * years 2000 and 2200, and the two ranges do not meet.
 */
const NUMBER_FROM_SECONDS = Date.UTC(2000, 0, 1) / 1000;
const NUMBER_TO_SECONDS = Date.UTC(2201, 0, 1) / 1000;

/**
 * Microseconds since the Unix epoch, UTC, as a safe integer; `undefined` for what is no possible time. A naive
 * timestamp is UTC. Digits beyond the microsecond are dropped.
 */
export function readTimestamp(value: unknown): number | undefined {
  const micros =
    typeof value === 'string' ? fromText(value) : typeof value === 'number' ? fromNumber(value) : undefined;
  return micros !== undefined && micros >= EARLIEST && micros < TOO_LATE ? micros : undefined;
}

function fromNumber(value: number): number | undefined {
  if (value >= NUMBER_FROM_SECONDS && value < NUMBER_TO_SECONDS) return Math.round(value * SECOND);
  if (value >= NUMBER_FROM_SECONDS * 1000 && value < NUMBER_TO_SECONDS * 1000) return Math.round(value * 1000);
  return undefined;
}

/** Every event has one: the digits are read from their places, as groups of the expression take six times as long. */
function fromText(text: string): number | undefined {
  if (!ISO.test(text)) return undefined;
  const year = number(text, 0, 4);
  const month = number(text, 5, 7);
  const day = number(text, 8, 10);
  const hour = number(text, 11, 13);
  const minute = number(text, 14, 16);
  const second = number(text, 17, 19);
  // Earlier than any offset can bring up to 1970; `Date` takes the years 0 to 99 for those of the last century.
  if (year < 1969 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
  const start = Date.UTC(year, month - 1, day, hour, minute, second);
  // `Date` rolls 31 February over into March.
  if (day > 28 && new Date(start).getUTCDate() !== day) return undefined;
  const zone = endOfFraction(text);
  const offset = zone + 1 < text.length ? offsetOf(text, zone) : 0;
  return offset === undefined ? undefined : start * 1000 + fractionOf(text, zone) - offset;
}

/** Where its fraction ends, and its zone begins if it has one. */
function endOfFraction(text: string): number {
  let at = AFTER_SECONDS;
  if (text[at] !== '.' && text[at] !== ',') return at;
  do at += 1;
  while (at < text.length && isDigit(text.charCodeAt(at)));
  return at;
}

/** In microseconds. */
function fractionOf(text: string, end: number): number {
  const from = AFTER_SECONDS + 1;
  let micros = number(text, from, Math.min(end, from + MICRO_DIGITS));
  for (let digits = end - from; digits < MICRO_DIGITS; digits++) micros *= 10;
  return micros;
}

/** `+hh:mm` or `+hhmm`, in microseconds. */
function offsetOf(text: string, at: number): number | undefined {
  const hours = number(text, at + 1, at + 3);
  const minutes = number(text, text.length - 2, text.length);
  if (hours > 23 || minutes > 59) return undefined;
  return (text[at] === '-' ? -1 : 1) * (hours * 60 + minutes) * 60 * SECOND;
}

function number(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + text.charCodeAt(at) - ZERO;
  return value;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= ZERO + 9;
}
