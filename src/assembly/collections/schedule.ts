/** Something that is looked at again at a given time. */
export interface Waiting {
  /** Where it is in the schedule; `NOWHERE` while it waits for something other than time. */
  slot: number;
}

export const NOWHERE = -1;

/** Times are milliseconds by the clock of arrival. */
export interface Schedule<T extends Waiting> {
  /** Brings `item` up at `due` at the latest; an earlier appointment stands and is to be renewed when it comes up. */
  set(item: T, due: number): void;
  /** The item is over: it is not brought up any more. */
  drop(item: T): void;
  /** Takes the next item that is due at `now`. */
  take(now: number): T | undefined;
  /** When the next item may be due; early at worst. */
  next(): number | undefined;
}

/**
 * A binary heap. The times lie in an array of their own: there they are plain numbers, while each would be an object in
 * a field of its item.
 */
export function createSchedule<T extends Waiting>(): Schedule<T> {
  const items: T[] = [];
  const dues: number[] = [];

  function put(item: T, due: number, at: number): void {
    items[at] = item;
    dues[at] = due;
    item.slot = at;
  }

  /** Puts `item` where it belongs, at `from` or above, where what was at `from` can be overwritten. */
  function rise(item: T, due: number, from: number): void {
    let at = from;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const above = items[up];
      const aboveDue = dues[up];
      if (above === undefined || aboveDue === undefined || aboveDue <= due) break;
      put(above, aboveDue, at);
      at = up;
    }
    put(item, due, at);
  }

  /** The same at `from` or below. */
  function sink(item: T, due: number, from: number): void {
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= items.length) break;
      const next = isSooner(left + 1, left) ? left + 1 : left;
      const below = items[next];
      const belowDue = dues[next];
      if (below === undefined || belowDue === undefined || belowDue >= due) break;
      put(below, belowDue, at);
      at = next;
    }
    put(item, due, at);
  }

  const dueAt = (at: number): number => dues[at] ?? Number.POSITIVE_INFINITY;
  const isSooner = (a: number, b: number): boolean => a < dues.length && dueAt(a) < dueAt(b);

  function remove(item: T): void {
    const { slot } = item;
    item.slot = NOWHERE;
    const last = items.pop();
    const due = dues.pop();
    if (last === undefined || due === undefined || last === item) return;
    if (slot > 0 && due < dueAt((slot - 1) >> 1)) rise(last, due, slot);
    else sink(last, due, slot);
  }

  return {
    set(item, due) {
      const { slot } = item;
      if (slot !== NOWHERE) {
        if (due < dueAt(slot)) rise(item, due, slot);
      } else if (due < Number.POSITIVE_INFINITY) rise(item, due, items.length);
    },
    drop(item) {
      if (item.slot !== NOWHERE) remove(item);
    },
    take(now) {
      const first = items[0];
      if (first === undefined || dueAt(0) > now) return undefined;
      remove(first);
      return first;
    },
    next: () => dues[0],
  };
}
