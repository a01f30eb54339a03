/** Something that stands in a line of its kind. */
export interface InLine<T> {
  older: T | undefined;
  newer: T | undefined;
}

/**
 * Things in the order in which they were last added. Not a Set: where things often move to its end, their old places stay
 * empty for long, and each look for the first passes all of them.
 */
export interface Recency<T> {
  readonly size: number;
  readonly oldest: T | undefined;
  /** As the newest. It must not be there. */
  add(item: T): void;
  /** Answers whether it was there. */
  remove(item: T): boolean;
  [Symbol.iterator](): Iterator<T>;
}

export function createRecency<T extends InLine<T>>(): Recency<T> {
  let size = 0;
  let oldest: T | undefined;
  let newest: T | undefined;

  return {
    get size() {
      return size;
    },
    get oldest() {
      return oldest;
    },
    add(item) {
      item.older = newest;
      if (newest === undefined) oldest = item;
      else newest.newer = item;
      newest = item;
      size++;
    },
    remove(item) {
      const { older, newer } = item;
      if (older === undefined && item !== oldest) return false;
      if (older === undefined) oldest = newer;
      else older.newer = newer;
      if (newer === undefined) newest = older;
      else newer.older = older;
      item.older = undefined;
      item.newer = undefined;
      size--;
      return true;
    },
    *[Symbol.iterator]() {
      for (let item = oldest; item !== undefined; item = item.newer) yield item;
    },
  };
}
