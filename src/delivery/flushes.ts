/** Those who wait until everything is delivered, but not for ever. */
import type { Clock } from './clock.ts';

export interface Flushes {
  readonly active: boolean;
  /** Resolves to true when nothing is left to deliver, to false after `withinMs` milliseconds or when it is ended. */
  wait(withinMs: number): Promise<boolean>;
  /** To be called when something was delivered. */
  check(): void;
  /** Nothing will be delivered any more. */
  end(): void;
}

export function createFlushes(isDone: () => boolean, clock: Clock): Flushes {
  const waiting = new Set<(done: boolean) => void>();

  function resolveAll(done: boolean): void {
    for (const resolve of [...waiting]) resolve(done);
  }

  return {
    get active() {
      return waiting.size > 0;
    },
    wait: withinMs =>
      new Promise(resolve => {
        const end = (done: boolean) => {
          waiting.delete(end);
          cancel();
          resolve(done);
        };
        const cancel = clock.after(withinMs, () => end(isDone()));
        waiting.add(end);
        if (isDone()) end(true);
      }),
    check() {
      if (waiting.size > 0 && isDone()) resolveAll(true);
    },
    end: () => resolveAll(isDone()),
  };
}
