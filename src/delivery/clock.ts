/** Time as delivery sees it, so that a test can turn it. Milliseconds. */
export interface Clock {
  now(): number;
  /** Calls back once, `ms` from now; answers how to call it off. */
  after(ms: number, then: () => void): () => void;
}

/** Since the Unix epoch, but steady: an adjustment of the system's time makes no wait longer. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  after(ms, then) {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};
