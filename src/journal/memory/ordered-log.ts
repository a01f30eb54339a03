/**
 * Values under growing keys, as a log that is read in order and emptied in any order. Kept in blocks of consecutive
 * keys: a block with nothing left goes, so a reader never walks over more than one block of what was removed, and one
 * old entry that stays holds one block, not everything after it.
 */

const BLOCK = 256;

export interface OrderedLog<T> {
  readonly size: number;
  /** Under the next key. The first is 1. */
  append(value: T): number;
  set(key: number, value: T): void;
  get(key: number): T | undefined;
  delete(key: number): T | undefined;
  /** In order of keys, from the first key greater than `key`. O(log n) to the first one. */
  after(key: number | undefined): Generator<[key: number, value: T], undefined>;
}

export function createOrderedLog<T>(): OrderedLog<T> {
  const blocks = new Map<number, Map<number, T>>();
  /** The numbers of the blocks that are there, ascending. */
  const order: number[] = [];
  let last = 0;
  let size = 0;

  function set(key: number, value: T): void {
    const number = Math.floor(key / BLOCK);
    let block = blocks.get(number);
    if (block === undefined) {
      block = new Map();
      blocks.set(number, block);
      order.splice(firstAtLeast(order, number), 0, number);
    }
    if (!block.has(key)) size += 1;
    block.set(key, value);
    last = Math.max(last, key);
  }

  return {
    get size() {
      return size;
    },
    append(value) {
      const key = last + 1;
      set(key, value);
      return key;
    },
    set,
    get: key => blocks.get(Math.floor(key / BLOCK))?.get(key),
    delete(key) {
      const number = Math.floor(key / BLOCK);
      const block = blocks.get(number);
      const value = block?.get(key);
      if (block === undefined || !block.delete(key)) return undefined;
      size -= 1;
      if (block.size === 0) {
        blocks.delete(number);
        order.splice(firstAtLeast(order, number), 1);
      }
      return value;
    },
    *after(key) {
      const from = key === undefined ? 0 : key + 1;
      let number = order[firstAtLeast(order, Math.floor(from / BLOCK))];
      // Looked up anew each time: a reader may remove what it has read, and the block with it.
      for (; number !== undefined; number = order[firstAtLeast(order, number + 1)]) {
        // Sorted, because dead letters come in the order of their burial.
        const entries = [...(blocks.get(number) ?? [])].sort(([a], [b]) => a - b);
        for (const entry of entries) if (entry[0] >= from) yield entry;
      }
      return undefined;
    },
  };
}

/** The index of the first number in the ascending list that is not smaller than `wanted`; its length when there is none. */
export function firstAtLeast(ascending: readonly number[], wanted: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? Number.POSITIVE_INFINITY) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
