/** The skeletons of a store in memory: found by event, forgotten by time. */
import type { ExecutionKey, Skeleton } from './journal.ts';
import { firstAtLeast } from './ordered-log.ts';

interface Kept {
  readonly skeleton: Skeleton;
  readonly written: number;
}

export interface SkeletonTable {
  put(skeleton: Skeleton, now: number): void;
  get(execution: ExecutionKey, eventId: string): Skeleton | undefined;
  /** Removes what was written before `before`; answers how many. */
  forget(before: number): number;
}

export function createSkeletonTable(): SkeletonTable {
  const byEvent = new Map<string, Kept>();
  /** By the moment of writing, so that forgetting touches only what it removes. */
  const byTime = new Map<number, Set<string>>();
  const times: number[] = [];

  function writtenAt(now: number): Set<string> {
    let written = byTime.get(now);
    if (written === undefined) {
      written = new Set();
      byTime.set(now, written);
      times.splice(firstAtLeast(times, now), 0, now);
    }
    return written;
  }

  return {
    put(skeleton, now) {
      const id = idOf(skeleton.execution, skeleton.eventId);
      const before = byEvent.get(id);
      if (before !== undefined) byTime.get(before.written)?.delete(id);
      byEvent.set(id, { skeleton, written: now });
      writtenAt(now).add(id);
    },
    get: (execution, eventId) => byEvent.get(idOf(execution, eventId))?.skeleton,
    forget(before) {
      let forgotten = 0;
      for (const time of times.splice(0, firstAtLeast(times, before))) {
        for (const id of byTime.get(time) ?? []) {
          byEvent.delete(id);
          forgotten += 1;
        }
        byTime.delete(time);
      }
      return forgotten;
    },
  };
}

/** JSON, because any of the three may hold any character. */
function idOf(execution: ExecutionKey, eventId: string): string {
  return JSON.stringify([execution.source, execution.executionId, eventId]);
}
