import { createHeap } from './heap.ts';

/** Something that is looked at again at a given time. Times are milliseconds by the clock of arrival. */
export interface Waiting {
  /** When the schedule will next bring it up; `Infinity` while it waits for something other than time. */
  due: number;
}

interface Entry<T> {
  readonly due: number;
  readonly item: T;
}

export interface Schedule<T extends Waiting> {
  /** Brings `item` up at `due` at the latest; an earlier appointment stands and is to be renewed when it comes up. */
  set(item: T, due: number): void;
  /** Takes the next item that is due at `now`. */
  take(now: number): T | undefined;
  /** When the next item may be due; early at worst. */
  next(): number | undefined;
}

/**
 * A heap that is never searched: an item that is brought forward is entered a second time, and the entry that no
 * longer matches the item's own `due` is passed over.
 */
export function createSchedule<T extends Waiting>(): Schedule<T> {
  const heap = createHeap<Entry<T>>((a, b) => a.due - b.due);

  return {
    set(item, due) {
      if (due >= item.due) return;
      item.due = due;
      if (due !== Number.POSITIVE_INFINITY) heap.push({ due, item });
    },
    take(now) {
      for (let top = heap.peek(); top !== undefined && top.due <= now; top = heap.peek()) {
        heap.pop();
        if (top.item.due !== top.due) continue;
        top.item.due = Number.POSITIVE_INFINITY;
        return top.item;
      }
      return undefined;
    },
    next: () => heap.peek()?.due,
  };
}
