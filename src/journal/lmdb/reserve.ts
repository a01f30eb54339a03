/**
 * A file that only takes up space. A full disk would take no settlement any more, and nothing else makes room: then it
 * goes, and what was accepted can be finished, delivered and removed.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { sizeOf } from './store.ts';

export interface Reserve {
  readonly bytes: number;
  readonly isThere: boolean;
  /** Answers whether that made room. */
  release(): boolean;
  /** Puts it back where the disk has plenty of room; answers whether it is there. */
  restore(): boolean;
}

/** What its disk has left for it. */
export function availableAt(file: string): number {
  try {
    const { bavail, bsize } = statfsSync(dirname(file));
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

const CHUNK_BYTES = 1024 * 1024;

export function createReserve(file: string, bytes: number): Reserve {
  let isThere = sizeOf(file) === bytes;

  /** Random, because a file system may keep zeros without taking up space. */
  function write(): void {
    const descriptor = openSync(file, 'w', 0o600);
    try {
      for (let left = bytes; left > 0; left -= CHUNK_BYTES) {
        const chunk = randomBytes(Math.min(left, CHUNK_BYTES));
        for (let at = 0; at < chunk.length; ) at += writeSync(descriptor, chunk, at);
      }
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }

  return {
    bytes,
    get isThere() {
      return isThere;
    },
    release() {
      if (!isThere) return false;
      rmSync(file, { force: true });
      isThere = false;
      return true;
    },
    restore() {
      if (isThere) return true;
      try {
        if (availableAt(file) < 2 * bytes) return false;
        write();
        isThere = true;
      } catch {
        rmSync(file, { force: true });
      }
      return isThere;
    },
  };
}
