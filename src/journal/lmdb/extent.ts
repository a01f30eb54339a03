/**
 * Space on the disk that is the store's own before LMDB writes to it. LMDB does not stand a write that fails for want of
 * space (it writes its message of that over the end of a buffer), so the file is made longer here, where it may fail.
 */
import { open } from 'node:fs/promises';
import { sizeOf } from './store.ts';

export interface Extent {
  /** The length of the file: so much at least, because it never shrinks while it is open. */
  readonly bytes: number;
  /** Makes the file at least so long, where the disk allows it; answers why not. */
  extendTo(bytes: number): Promise<unknown>;
}

/** Taken at once, so that not every transaction has to ask. */
const STEP_BYTES = 1024 * 1024;
/**
 * What is written with one call, Linux may keep in memory as one piece (a large folio), and flushing a page of it then
 * costs more the larger the piece is. Smaller ones than this spare more bytes, but cost more calls than that is worth.
 */
const ZEROS = Buffer.alloc(64 * 1024);

export function createExtent(file: string): Extent {
  let bytes = sizeOf(file);

  async function write(target: number): Promise<void> {
    const handle = await open(file, 'r+');
    try {
      for (let at = bytes; at < target; ) {
        const { bytesWritten } = await handle.write(ZEROS, 0, Math.min(ZEROS.length, target - at), at);
        at += bytesWritten;
      }
    } finally {
      await handle.close();
    }
  }

  return {
    get bytes() {
      return bytes;
    },
    async extendTo(wanted) {
      bytes = sizeOf(file);
      if (bytes >= wanted) return undefined;
      // Whether what is there will do is for the caller to say.
      const failure: unknown = await write(Math.ceil(wanted / STEP_BYTES) * STEP_BYTES).catch(error => error);
      bytes = sizeOf(file);
      return failure;
    },
  };
}
