/**
 * Space on the disk that is the store's own before LMDB writes to it. LMDB does not stand a write that fails for want of
 * space (it writes its message of that over the end of a buffer), so the file is made longer here, where it may fail.
 */
import { open } from 'node:fs/promises';
import { sizeOf } from './store.ts';

export interface Extent {
  /** The length of the file. */
  bytes(): number;
  /** Makes the file at least so long, where the disk allows it. */
  extendTo(bytes: number): Promise<void>;
}

/** Taken at once, so that not every transaction has to ask. */
const STEP_BYTES = 1024 * 1024;
const ZEROS = Buffer.alloc(STEP_BYTES);

export function createExtent(file: string): Extent {
  async function extendTo(bytes: number): Promise<void> {
    const target = Math.ceil(bytes / STEP_BYTES) * STEP_BYTES;
    const handle = await open(file, 'r+');
    try {
      for (let at = sizeOf(file); at < target; ) {
        const { bytesWritten } = await handle.write(ZEROS, 0, Math.min(ZEROS.length, target - at), at);
        at += bytesWritten;
      }
    } finally {
      await handle.close();
    }
  }

  return {
    bytes: () => sizeOf(file),
    async extendTo(bytes) {
      // Full: what is there has to do.
      if (sizeOf(file) < bytes) await extendTo(bytes).catch(() => undefined);
    },
  };
}
