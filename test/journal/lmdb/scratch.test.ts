import { describe, expect, it } from 'vitest';
import { createScratch } from '../../../src/journal/lmdb/scratch.ts';

const MIB = 1024 * 1024;

describe('scratch memory', () => {
  it('is handed out in parts that do not overlap, whatever their sizes', () => {
    const { allocate } = createScratch();
    const parts = [0, 1, 40, 70_000, 5 * MIB, 3, 60_000, 8].map(bytes => allocate(bytes));
    for (const [index, part] of parts.entries()) part.fill(index);
    expect(parts.map(part => part.length)).toEqual([0, 1, 40, 70_000, 5 * MIB, 3, 60_000, 8]);
    for (const [index, part] of parts.entries()) expect(part.every(byte => byte === index)).toBe(true);
  });

  it('is the same again for the next transaction', () => {
    const scratch = createScratch();
    const before = scratch.allocate(1_000);
    scratch.reset();
    const after = scratch.allocate(1_000);
    expect(after.buffer).toBe(before.buffer);
    expect(after.byteOffset).toBe(before.byteOffset);
  });

  it('grows to what a transaction needed, but not beyond 4 MiB', () => {
    const scratch = createScratch();
    const areTogether = (bytes: number): boolean => {
      scratch.reset();
      const [one, other] = [scratch.allocate(bytes), scratch.allocate(bytes)];
      return one.buffer === other.buffer;
    };
    expect(areTogether(MIB)).toBe(false);
    expect(areTogether(MIB)).toBe(true);
    expect(areTogether(3 * MIB)).toBe(false);
    expect(areTogether(3 * MIB)).toBe(false);
    scratch.reset();
    expect(scratch.allocate(1).buffer.byteLength).toBe(4 * MIB);
  });
});
