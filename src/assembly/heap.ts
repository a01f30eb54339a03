/** A binary heap: what sorts first by `compare` is taken first. */
export interface Heap<T> {
  push(item: T): void;
  pop(): T | undefined;
  peek(): T | undefined;
  size(): number;
  /** In no order. */
  items(): readonly T[];
}

export function createHeap<T>(compare: (a: T, b: T) => number): Heap<T> {
  const items: T[] = [];

  function rise(item: T, from: number): void {
    let at = from;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = items[up];
      if (parent === undefined || compare(parent, item) <= 0) break;
      items[at] = parent;
      at = up;
    }
    items[at] = item;
  }

  function sink(item: T): void {
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const leftItem = items[left];
      if (leftItem === undefined) break;
      const rightItem = items[left + 1];
      const goesRight = rightItem !== undefined && compare(rightItem, leftItem) < 0;
      const child = goesRight ? rightItem : leftItem;
      if (compare(item, child) <= 0) break;
      items[at] = child;
      at = goesRight ? left + 1 : left;
    }
    items[at] = item;
  }

  return {
    push(item) {
      items.push(item);
      rise(item, items.length - 1);
    },
    pop() {
      const top = items[0];
      const last = items.pop();
      if (last !== undefined && items.length > 0) sink(last);
      return top;
    },
    peek: () => items[0],
    size: () => items.length,
    items: () => items,
  };
}
