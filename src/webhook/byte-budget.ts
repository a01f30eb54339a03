/**
 * How many bytes of bodies may be in memory at once. Who does not fit waits in line, for a bounded time: a sender
 * that is not known to retry is better served late than refused.
 */

interface Lease {
  /** Gives back what turned out not to be needed. */
  shrink(bytes: number): void;
  /** Gives all back. A second call does nothing. */
  release(): void;
}

export interface ByteBudget {
  /** Bytes handed out. */
  readonly used: number;
  /** `undefined`: no room came free within `waitMs`. More than the whole budget is cut down to it. */
  acquire(bytes: number): Promise<Lease | undefined>;
}

interface Waiter {
  readonly bytes: number;
  readonly grant: () => void;
}

/** First come, first served: a large body is not starved by small ones that would still fit. */
export function createByteBudget(options: { readonly totalBytes: number; readonly waitMs: number }): ByteBudget {
  const { totalBytes, waitMs } = options;
  const queue: Waiter[] = [];
  let used = 0;

  const fits = (bytes: number) => used + bytes <= totalBytes;

  function serveQueue(): void {
    for (let next = queue[0]; next !== undefined && fits(next.bytes); next = queue[0]) {
      queue.shift();
      next.grant();
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

  function waitForRoom(bytes: number): Promise<Lease | undefined> {
    return new Promise(resolve => {
      const timer = setTimeout(() => {
        queue.splice(queue.indexOf(waiter), 1);
        resolve(undefined);
        serveQueue();
      }, waitMs);
      const grant = () => {
        clearTimeout(timer);
        resolve(lease(bytes));
      };
      const waiter: Waiter = { bytes, grant };
      queue.push(waiter);
    });
  }

  return {
    get used() {
      return used;
    },
    async acquire(wanted) {
      const bytes = Math.min(wanted, totalBytes);
      return queue.length === 0 && fits(bytes) ? lease(bytes) : waitForRoom(bytes);
    },
  };
}
