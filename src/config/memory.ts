/** How much of the configured memory the heap can really have: V8 has its own limit, and ends the process there. */
import { getHeapStatistics } from 'node:v8';
import type { Remarks } from './faults.ts';

/** Of V8's limit. The rest is for young objects and garbage collection. */
const USABLE_SHARE = 7 / 8;

/** In bytes. `limit`: of V8's heap. Warns if V8's limit counts instead of the setting. */
export function memoryForHeap(
  maxMemory: number,
  { warnings }: Pick<Remarks, 'warnings'>,
  limit: number = getHeapStatistics().heap_size_limit,
): number {
  if (maxMemory > limit) {
    const mebibytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);
    warnings.push(
      `Node lets its heap grow to ${mebibytes(limit)} MiB, and CREWSPAN_MAX_MEMORY is more: ` +
        `NODE_OPTIONS=--max-old-space-size=${mebibytes(maxMemory)} raises that limit`,
    );
  }
  return Math.min(maxMemory, limit * USABLE_SHARE);
}
