/** An attempt that ends: after a time, or when it is called off. */

export interface Deadline {
  /** Aborted when the time is over or the caller's signal is. */
  readonly signal: AbortSignal;
  /** Whether it was the time. */
  readonly expired: boolean;
  /** To be called when the attempt is over. */
  clear(): void;
}

/** `AbortSignal.any` would do it, but in Node 20 keeps what it made alive as long as the caller's signal. */
export function createDeadline(ms: number, parent: AbortSignal): Deadline {
  const controller = new AbortController();
  let expired = false;
  const abort = () => controller.abort();
  const timer = setTimeout(() => {
    expired = true;
    abort();
  }, ms);
  if (parent.aborted) abort();
  else parent.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    get expired() {
      return expired;
    },
    clear() {
      clearTimeout(timer);
      parent.removeEventListener('abort', abort);
    },
  };
}
