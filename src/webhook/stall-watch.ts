export interface StallWatch {
  /** Something came. */
  refresh(): void;
  stop(): void;
}

/** Calls `onStall` once nothing has come for `idleMs`. */
export function createStallWatch(idleMs: number, onStall: () => void): StallWatch {
  let looking: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    // Timers go off before sockets are read: where it was this process that stood still, what came meanwhile is next.
    looking = setImmediate(onStall);
  }, idleMs);
  const cancelLook = (): void => {
    if (looking !== undefined) clearImmediate(looking);
    looking = undefined;
  };
  return {
    refresh() {
      cancelLook();
      timer.refresh();
    },
    stop() {
      cancelLook();
      clearTimeout(timer);
    },
  };
}
