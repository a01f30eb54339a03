/**
 * How many bytes may be in memory at once. Who does not fit waits in line: a sender that is not known to retry is better
 * served late than refused.
 */

export interface Lease {
  /** Gives back what turned out not to be needed. */
  shrink(bytes: number): void;
  /** Gives all back. A second call does nothing. */
  release(): void;
}

export interface ByteBudget {
  /** Bytes handed out. */
  readonly used: number;
  /** However long it takes. More than the whole budget is cut down to it: who wants that much gets it alone. */
  acquire(bytes: number): Promise<Lease>;
  /** `undefined`: no room came free within so many milliseconds. */
  acquireWithin(bytes: number, waitMs: number): Promise<Lease | undefined>;
}

interface Waiter {
  readonly bytes: number;
  readonly take: (lease: Lease) => void;
}

/** First come, first served: a large body is not starved by small ones that would still fit. */
export function createByteBudget(totalBytes: number): ByteBudget {
  const queue: Waiter[] = [];
  let used = 0;

  const fits = (bytes: number) => used + bytes <= totalBytes;

  function serveQueue(): void {
    for (let next = queue[0]; next !== undefined && fits(next.bytes); next = queue[0]) {
      queue.shift();
      next.take(lease(next.bytes));
    }
  }

  function lease(bytes: number): Lease {
    let held = bytes;
    used += held;
    const shrink = (to: number) => {
      if (to >= held) return;
      used -= held - to;
      held = to;
      serveQueue();
    };
    return { shrink, release: () => shrink(0) };
  }

  function leave(waiter: Waiter): void {
    queue.splice(queue.indexOf(waiter), 1);
    serveQueue();
  }

  /** `undefined`: who wants so much has to wait. */
  function leaseAtOnce(bytes: number): Lease | undefined {
    return queue.length === 0 && fits(bytes) ? lease(bytes) : undefined;
  }

  function waitWithin(bytes: number, waitMs: number): Promise<Lease | undefined> {
    return new Promise(resolve => {
      const timer = setTimeout(() => {
        leave(waiter);
        resolve(undefined);
      }, waitMs);
      const take = (granted: Lease) => {
        clearTimeout(timer);
        resolve(granted);
      };
      const waiter: Waiter = { bytes, take };
      queue.push(waiter);
    });
  }

  return {
    get used() {
      return used;
    },
    async acquire(wanted) {
      const bytes = Math.min(wanted, totalBytes);
      return leaseAtOnce(bytes) ?? new Promise(take => queue.push({ bytes, take }));
    },
    async acquireWithin(wanted, waitMs) {
      const bytes = Math.min(wanted, totalBytes);
      return leaseAtOnce(bytes) ?? waitWithin(bytes, waitMs);
    },
  };
}
