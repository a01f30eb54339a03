/** The log of a thing that fails over and over: each cause at most once in a while, with how many were held back. */
import type { Clock } from './clock.ts';

/** What delivery needs of pino. */
export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const QUIET_MS = 30_000;

export interface ThrottledLog {
  write(level: keyof Logger, cause: string, fields: object, message: string): void;
  /** The next entry of any cause is written: things have changed in between. Not sooner than that again, though. */
  reset(): void;
}

export function createThrottledLog(log: Logger, clock: Clock): ThrottledLog {
  const causes = new Map<string, { until: number; suppressed: number }>();
  let resetAt = Number.NEGATIVE_INFINITY;
  return {
    write(level, cause, fields, message) {
      const known = causes.get(cause);
      const now = clock.now();
      if (known !== undefined && now < known.until) {
        known.suppressed += 1;
        return;
      }
      causes.set(cause, { until: now + QUIET_MS, suppressed: 0 });
      const suppressed = known === undefined || known.suppressed === 0 ? {} : { suppressed: known.suppressed };
      log[level]({ cause, ...fields, ...suppressed }, message);
    },
    reset() {
      // A backend that takes every other request would else be logged with each of them.
      if (clock.now() - resetAt < QUIET_MS) return;
      resetAt = clock.now();
      causes.clear();
    },
  };
}
