import { createHeap } from './heap.ts';

/** Something that is looked at again at a given time. Times are milliseconds by the clock of arrival. */
export interface Waiting {
  /** When the schedule will next bring it up; `Infinity` while it waits for something other than time. */
  due: number;
  /** Its place in the schedule. */
  appointment?: Appointment | undefined;
}

/** Without an item it was withdrawn: nothing that is over is held until a time that it no longer waits for. */
interface Appointment {
  readonly due: number;
  item: Waiting | undefined;
}

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

/** Fewer appointments that were withdrawn than these are not worth clearing away. */
const CLEAR_FROM = 1_024;

export function createSchedule<T extends Waiting>(): Schedule<T> {
  let heap = createHeap<Entry<T>>((a, b) => a.due - b.due);
  let withdrawn = 0;

  function withdraw(item: T): void {
    if (item.appointment === undefined) return;
    item.appointment.item = undefined;
    item.appointment = undefined;
    withdrawn++;
    if (withdrawn >= CLEAR_FROM && withdrawn > heap.size() / 2) clear();
  }

  function clear(): void {
    const kept = heap.items().filter(({ item }) => item !== undefined);
    heap = createHeap<Entry<T>>((a, b) => a.due - b.due);
    for (const entry of kept) heap.push(entry);
    withdrawn = 0;
  }

  return {
    set(item, due) {
      if (due >= item.due) return;
      withdraw(item);
      item.due = due;
      const entry: Entry<T> = { due, item };
      item.appointment = entry;
      heap.push(entry);
    },
    drop(item) {
      withdraw(item);
      item.due = Number.POSITIVE_INFINITY;
    },
    take(now) {
      for (let top = heap.peek(); top !== undefined && top.due <= now; top = heap.peek()) {
        heap.pop();
        const { item } = top;
        if (item === undefined) {
          withdrawn--;
          continue;
        }
        item.due = Number.POSITIVE_INFINITY;
        item.appointment = undefined;
        return item;
      }
      return undefined;
    },
    next: () => heap.peek()?.due,
  };
}

interface Entry<T> extends Appointment {
  item: (T & Waiting) | undefined;
}
