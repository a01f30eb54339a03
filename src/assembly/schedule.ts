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
 * A binary heap that is never searched: an item that is brought forward is entered a second time, and the entry that
 * no longer matches the item's own `due` is passed over.
 */
export function createSchedule<T extends Waiting>(): Schedule<T> {
  const heap: Entry<T>[] = [];

  return {
    set(item, due) {
      if (due >= item.due) return;
      item.due = due;
      if (due !== Number.POSITIVE_INFINITY) push(heap, { due, item });
    },
    take(now) {
      for (let top = heap[0]; top !== undefined && top.due <= now; top = heap[0]) {
        pop(heap);
        if (top.item.due !== top.due) continue;
        top.item.due = Number.POSITIVE_INFINITY;
        return top.item;
      }
      return undefined;
    },
    next: () => heap[0]?.due,
  };
}

function push<T>(heap: Entry<T>[], entry: Entry<T>): void {
  let at = heap.length;
  heap.push(entry);
  while (at > 0) {
    const up = (at - 1) >> 1;
    const parent = heap[up];
    if (parent === undefined || parent.due <= entry.due) break;
    heap[at] = parent;
    at = up;
  }
  heap[at] = entry;
}

function pop<T>(heap: Entry<T>[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const leftEntry = heap[left];
    if (leftEntry === undefined) break;
    const rightEntry = heap[left + 1];
    const [child, entry] =
      rightEntry !== undefined && rightEntry.due < leftEntry.due ? [left + 1, rightEntry] : [left, leftEntry];
    if (entry.due >= last.due) break;
    heap[at] = entry;
    at = child;
  }
  heap[at] = last;
}
