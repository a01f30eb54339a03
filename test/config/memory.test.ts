import { getHeapStatistics } from 'node:v8';
import { expect, it } from 'vitest';
import { memoryForHeap } from '../../src/config/memory.ts';
import { load } from './support.ts';

const MIB = 2 ** 20;

it.each([
  ['less than V8 allows', 512, 4_096, 512, 0],
  ['about what V8 allows', 512, 560, 490, 0],
  ['more than V8 allows', 2_048, 560, 490, 1],
])('of %s, the heap gets what it can have', (_, maxMemory, limit, expected, warned) => {
  const warnings: string[] = [];
  expect(memoryForHeap(maxMemory * MIB, { warnings }, limit * MIB)).toBe(expected * MIB);
  expect(warnings).toHaveLength(warned);
});

it('events in hand never get more than V8 allows in all, and the log says why', () => {
  const { assembly, warnings } = load({ CREWSPAN_MAX_MEMORY: '64TiB' });
  expect(assembly.heapBytes).toBeLessThan(getHeapStatistics().heap_size_limit / 4);
  expect(warnings).toEqual([expect.stringMatching(/CREWSPAN_MAX_MEMORY.*--max-old-space-size=67108864/)]);
});
