/** Durations and sizes as written in settings: a number and its unit. */
import type { Reader } from './reading.ts';

const DURATION = /^(\d{1,12}(?:\.\d{1,3})?)(ms|s|m|h|d)$/i;
const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const SIZE = /^(\d{1,15}(?:\.\d{1,3})?)\s?(B|KiB|MiB|GiB|TiB)?$/i;
const BYTES: Readonly<Record<string, number>> = { b: 1, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40 };

/** Node's timers take at most 2³¹ milliseconds, a little over 24 days; a longer one would fire at once. */
const LONGEST_MS = 24 * 86_400_000;

/** `500ms`, `2s`, `5m`, `1h`, `7d` → milliseconds. */
export const duration: Reader<number> = text => {
  const value = millisecondsOf(text);
  return value <= LONGEST_MS ? { value } : { fault: 'must be a duration up to 24d, such as 500ms, 2s, 5m, 24h' };
};

/** The same for a time in the past, however long ago. */
export const age: Reader<number> = text => {
  const value = millisecondsOf(text);
  return Number.isNaN(value) ? { fault: 'must be a duration such as 12h, 7d, 90d' } : { value };
};

function millisecondsOf(text: string): number {
  const [, number, unit = ''] = DURATION.exec(text) ?? [];
  return Math.round(Number(number) * (MILLISECONDS[unit.toLowerCase()] ?? Number.NaN));
}

/** `16MiB`, `2GiB`, `512KiB` or plain bytes → bytes, within bounds written the same way. */
export function size(from: string, to: string): Reader<number> {
  const [least, most] = [bytesOf(from), bytesOf(to)];
  return text => {
    const value = bytesOf(text);
    const fits = value >= least && value <= most;
    return fits
      ? { value }
      : { fault: `must be a size from ${from} to ${to}, such as 512KiB, 16MiB, 2GiB or plain bytes` };
  };
}

function bytesOf(text: string): number {
  const [, number, unit = 'B'] = SIZE.exec(text) ?? [];
  return Math.round(Number(number) * (BYTES[unit.toLowerCase()] ?? Number.NaN));
}
