/** Forgets finished operations when their retention is over, for as long as the journal is in use. */
import type { Log } from '../log.ts';
import { isClosed } from './closed.ts';
import type { Journal } from './journal.ts';

export interface RetentionOptions {
  readonly journal: Pick<Journal, 'forget'>;
  readonly retentionMs: number;
  readonly log: Log;
}

/** Looks this many times while a retention passes, and not more often than `SHORTEST_MS`. */
const LOOKS = 24;
const SHORTEST_MS = 1_000;
const LONGEST_MS = 60 * 60_000;

/** Answers how to stop; resolves when nothing is under way any more. */
export function startForgetting({ journal, retentionMs, log }: RetentionOptions): () => Promise<void> {
  let running: Promise<void> | undefined;

  async function forget(): Promise<void> {
    try {
      const forgotten = await journal.forget(Date.now() - retentionMs);
      if (forgotten > 0) log.debug({ forgotten }, 'forgot finished operations');
    } catch (error) {
      if (isClosed(error)) return;
      log.error({ err: error }, 'finished operations could not be forgotten; trying again later');
    }
  }

  const every = Math.min(Math.max(retentionMs / LOOKS, SHORTEST_MS), LONGEST_MS);
  const timer = setInterval(() => {
    running ??= forget().finally(() => {
      running = undefined;
    });
  }, every).unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
