/** Our clock against the backend's: spans carry CrewAI's times, but TLS, tokens and retention go by ours. */
import { type Finding, fine, warning } from './finding.ts';

export interface ClockCheck {
  /** The header `Date` of the backend's answer. */
  readonly date: string | undefined;
  /** By our clock, in milliseconds since the Unix epoch. */
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** Within that nobody notices. */
const TOLERANCE_MS = 5_000;
/** The header counts whole seconds. */
const RESOLUTION_MS = 1_000;

/** Nothing where the backend tells no time. */
export function checkClock({ date, sentAt, answeredAt }: ClockCheck): Finding[] {
  const theirs = Date.parse(date ?? '');
  if (Number.isNaN(theirs)) return [];
  // Written somewhere between the two, and cut to the second.
  const ahead = Math.max(0, sentAt - (theirs + RESOLUTION_MS));
  const behind = Math.max(0, theirs - answeredAt);
  const offMs = ahead > 0 ? ahead : -behind;
  const facts = { offMs };
  if (Math.abs(offMs) <= TOLERANCE_MS) {
    return [fine('clock.agrees', `agrees with the backend's, within ${TOLERANCE_MS / 1000} s`, facts)];
  }
  const summary = `this machine's clock is ${Math.round(Math.abs(offMs) / 1000)} s ${offMs > 0 ? 'ahead of' : 'behind'} the backend's`;
  const advice = 'One of the two is wrong: check that both use NTP (`timedatectl`). Traces are looked up by time.';
  return [warning('clock.off', summary, advice, facts)];
}
