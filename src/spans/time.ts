import type { HrTime } from '@opentelemetry/api';

const MICROS_PER_SECOND = 1_000_000;

/** Exact: microseconds since 1970 are far below the integers that a number holds. Times before that have no OTLP form. */
export function toHrTime(micros: number): HrTime {
  const whole = Math.max(0, Math.round(micros));
  return [Math.floor(whole / MICROS_PER_SECOND), (whole % MICROS_PER_SECOND) * 1000];
}
