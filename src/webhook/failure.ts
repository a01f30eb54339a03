import { type Log, rateLimited } from '../log.ts';
import { type Answer, refusal } from './answer.ts';

/** What fails for one request may fail for all. */
const FAILURES_LOGGED_EVERY_MS = 10_000;

/** What nobody foresaw goes to the log; its sender is told nothing of it. */
export function createFailureAnswer(log: Log): (error: unknown) => Answer {
  const say = rateLimited(log, FAILURES_LOGGED_EVERY_MS);
  return err => {
    say('request', { err }, 'a request failed for a reason nobody foresaw', 'error');
    return refusal(500, 'internal error');
  };
}
