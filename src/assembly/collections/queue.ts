/**
 * Takes things in the order of a comparison. Most are put in in that order as well, and wait in a row; the others in a
 * binary heap. Every execution has a queue: it is plain data, without functions of its own.
 */
export interface Queue<T> {
  /** In order; `undefined` where something was taken. */
  row: (T | undefined)[];
  /** How many of the row were taken. */
  taken: number;
  heap: T[] | undefined;
}

/** Below 0: `a` comes first. It must not change its mind about what is in a queue. */
export type Compare<T> = (a: T, b: T) => number;

export function createQueue<T>(): Queue<T> {
  return { row: [], taken: 0, heap: undefined };
}

export function put<T>(queue: Queue<T>, item: T, compare: Compare<T>): void {
  const { row } = queue;
  const last = row.at(-1);
  if (last === undefined) {
    // A list that is made with one thing takes up the room of one, but one that grows from nothing that of 17.
    queue.row = [item];
    return;
  }
  if (compare(last, item) <= 0) {
    row.push(item);
    return;
  }
  queue.heap ??= [];
  queue.heap.push(item);
  rise(queue.heap, item, compare);
}

export function peek<T>({ row, taken, heap }: Queue<T>, compare: Compare<T>): T | undefined {
  const inRow = row[taken];
  const inHeap = heap?.[0];
  if (inRow === undefined || inHeap === undefined) return inRow ?? inHeap;
  return compare(inRow, inHeap) <= 0 ? inRow : inHeap;
}

/** Removes what `peek` answers. */
export function dropFirst<T>(queue: Queue<T>, compare: Compare<T>): void {
  const { row, taken, heap } = queue;
  const first = peek(queue, compare);
  if (first === row[taken]) {
    // The row may stay for long: it must not hold on to what has left it.
    row[taken] = undefined;
    queue.taken++;
    if (queue.taken === row.length) row.length = 0;
    else if (queue.taken * 2 >= row.length) row.splice(0, queue.taken);
    else return;
    queue.taken = 0;
    return;
  }
  const last = heap?.pop();
  if (heap !== undefined && last !== undefined && heap.length > 0) sink(heap, last, compare);
}

/** All of it, in no order. */
export function* itemsIn<T>({ row, heap }: Queue<T>): Generator<T> {
  for (const item of row) if (item !== undefined) yield item;
  if (heap !== undefined) yield* heap;
}

/** Moves `item`, which is the last, up to where it belongs. */
function rise<T>(heap: T[], item: T, compare: Compare<T>): void {
  let at = heap.length - 1;
  while (at > 0) {
    const up = (at - 1) >> 1;
    const parent = heap[up];
    if (parent === undefined || compare(parent, item) <= 0) break;
    heap[at] = parent;
    at = up;
  }
  heap[at] = item;
}

/** Puts `item` where it belongs, from the top, which is free. */
function sink<T>(heap: T[], item: T, compare: Compare<T>): void {
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const leftItem = heap[left];
    if (leftItem === undefined) break;
    const rightItem = heap[left + 1];
    const goesRight = rightItem !== undefined && compare(rightItem, leftItem) < 0;
    const child = goesRight ? rightItem : leftItem;
    if (compare(item, child) <= 0) break;
    heap[at] = child;
    at = goesRight ? left + 1 : left;
  }
  heap[at] = item;
}
