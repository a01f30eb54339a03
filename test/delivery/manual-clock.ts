/** A clock that a test turns by hand. */
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/delivery/clock.ts';

export interface ManualClock extends Clock {
  /** Lets everything happen that is due within `ms`, in order, and all that follows from it. */
  advance(ms: number): Promise<void>;
  /** When the next timer is due, from now; `undefined` when none is set. */
  readonly nextIn: number | undefined;
}

export function createManualClock(start = 1_000_000): ManualClock {
  let now = start;
  const timers = new Set<{ at: number; then: () => void }>();
  const next = () => [...timers].sort((a, b) => a.at - b.at)[0];
  return {
    now: () => now,
    after(ms, then) {
      const timer = { at: now + ms, then };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      const end = now + ms;
      await settled();
      let fired = 0;
      for (let timer = next(); timer !== undefined && timer.at <= end; timer = next()) {
        fired += 1;
        if (fired > 100_000) throw new Error('the clock does not come to rest');
        timers.delete(timer);
        now = Math.max(now, timer.at);
        timer.then();
        await settled();
      }
      now = end;
    },
    get nextIn() {
      const timer = next();
      return timer && timer.at - now;
    },
  };
}

/** Everything that waits for nothing but promises has happened. */
export async function settled(): Promise<void> {
  await setImmediate();
  await setImmediate();
}
