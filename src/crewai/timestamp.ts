/** Points in time, in every form that CrewAI has written them in: the envelope's `timestamp`, and times in `data`. */

/** Date, time, fraction and offset of ISO 8601 as Python's `isoformat()` and `str()` of a datetime write them. */
const ISO = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:[Zz]|[+-]\d\d:?\d\d)?$/;
/** Where its fraction begins, if it has one. */
const AFTER_SECONDS = 19;
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
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const [month, day] = [twoDigits(text, 5), twoDigits(text, 8)];
  const [hour, minute, second] = [twoDigits(text, 11), twoDigits(text, 14), twoDigits(text, 17)];
  // Earlier than any offset can bring up to 1970; `Date` takes the years 0 to 99 for those of the last century.
  if (year < 1969 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
  const start = Date.UTC(year, month - 1, day, hour, minute, second);
  // `Date` rolls 31 February over into March.
  if (day > 28 && new Date(start).getUTCDate() !== day) return undefined;

  let at = AFTER_SECONDS;
  let micros = 0;
  if (text[at] === '.' || text[at] === ',') {
    let unit = SECOND;
    for (let value = digit(text, ++at); value >= 0 && value <= 9; value = digit(text, ++at)) {
      unit = Math.floor(unit / 10);
      micros += value * unit;
    }
  }
  const sign = text[at] === '+' ? 1 : text[at] === '-' ? -1 : 0;
  if (sign === 0) return start * 1000 + micros;
  const [offsetHours, offsetMinutes] = [twoDigits(text, at + 1), twoDigits(text, text.length - 2)];
  if (offsetHours > 23 || offsetMinutes > 59) return undefined;
  return start * 1000 + micros - sign * (offsetHours * 60 + offsetMinutes) * 60 * SECOND;
}

function twoDigits(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1);
}

function digit(text: string, at: number): number {
  return text.charCodeAt(at) - ZERO;
}
