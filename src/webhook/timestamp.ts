/** The envelope's `timestamp`, in every form that CrewAI has written it in. */

/** Date, time, fraction and offset of ISO 8601 as Python's `isoformat()` and `str()` of a datetime write them. */
const ISO = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?:[Zz]|([+-])(\d\d):?(\d\d))?$/;

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

function fromText(text: string): number | undefined {
  const match = text.length <= 64 ? ISO.exec(text) : null;
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const [fraction = '', sign = '+', offsetHours = '0', offsetMinutes = '0'] = match.slice(7);
  if (hour > 23 || minute > 59 || second > 59 || Number(offsetHours) > 23 || Number(offsetMinutes) > 59)
    return undefined;
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // `Date` rolls 31 February over into March, and takes the years 0 to 99 for those of the last century: what comes
  // back different was no date.
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60 * SECOND * (sign === '-' ? -1 : 1);
  return date.getTime() * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0')) - offset;
}
