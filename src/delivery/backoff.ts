const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/**
 * How long to wait after so many failures in a row (from 1), in milliseconds: exponential with full jitter, so that
 * what failed together does not come back together. `random` gives [0, 1).
 */
export function backoffMs(failures: number, random: () => number): number {
  return random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
}
