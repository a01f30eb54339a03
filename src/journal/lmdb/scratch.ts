/**
 * Memory for the records of one transaction after the other. LMDB reads them until the transaction has ended, and nobody
 * needs them after that: in buffers of their own they would outlive young garbage, and make V8 collect the whole heap.
 */

/** Memory of that many bytes, whatever is in it. */
export type Allocate = (bytes: number) => Buffer;

export interface Scratch {
  /** Good until `reset`. */
  readonly allocate: Allocate;
  /** What was handed out so far is in use no more. */
  reset(): void;
}

const FIRST_BYTES = 64 * 1024;
/** Larger transactions are rare, and what is kept for them is kept for good. */
const MOST_BYTES = 4 * 1024 * 1024;

export function createScratch(): Scratch {
  let block = Buffer.allocUnsafeSlow(FIRST_BYTES);
  let used = 0;
  let wanted = 0;
  return {
    allocate(bytes) {
      wanted += bytes;
      const end = used + bytes;
      if (end > block.length) return Buffer.allocUnsafe(bytes);
      const part = block.subarray(used, end);
      used = end;
      return part;
    },
    reset() {
      const enough = Math.min(wanted, MOST_BYTES);
      if (enough > block.length) block = Buffer.allocUnsafeSlow(Math.min(2 * enough, MOST_BYTES));
      used = 0;
      wanted = 0;
    },
  };
}
