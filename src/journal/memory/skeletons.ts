/**
 * What a store in memory keeps of operations: skeletons, found by event and forgotten by time, and the records of open
 * ones.
 */
import type { ExecutionKey, OpenRecord, Position, Skeleton } from '../journal.ts';
import { firstAtLeast } from './ordered-log.ts';

interface Kept {
  readonly skeleton: Skeleton;
  readonly written: number;
  /** Of the last body that was appended by then. */
  readonly position: Position;
}

export interface SkeletonTable {
  /** `position`: of the last body appended so far. */
  put(skeleton: Skeleton, now: number, position: Position): void;
  get(execution: ExecutionKey, eventId: string, beside: string | undefined): Skeleton | undefined;
  knows(execution: ExecutionKey): boolean;
  count(execution: ExecutionKey): number;
  /** Removes those of an execution; answers how many. */
  erase(execution: ExecutionKey): number;
  /** Removes what was written before `before` and before the body at `oldest` was appended; answers how many. */
  forget(before: number, oldest: Position | undefined): number;
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

  function of({ source, executionId }: ExecutionKey): string[] {
    const ids: string[] = [];
    for (const [id, { skeleton }] of byEvent) {
      const { execution } = skeleton;
      if (execution.source === source && execution.executionId === executionId) ids.push(id);
    }
    return ids;
  }

  return {
    knows: execution => of(execution).length > 0,
    count: execution => of(execution).length,
    erase(execution) {
      const ids = of(execution);
      for (const id of ids) {
        byTime.get(byEvent.get(id)?.written ?? 0)?.delete(id);
        byEvent.delete(id);
      }
      return ids.length;
    },
    put(skeleton, now, position) {
      const id = idOf(skeleton.execution, skeleton.eventId, skeleton.beside);
      const before = byEvent.get(id);
      if (before !== undefined) byTime.get(before.written)?.delete(id);
      byEvent.set(id, { skeleton, written: now, position });
      writtenAt(now).add(id);
    },
    get: (execution, eventId, beside) => byEvent.get(idOf(execution, eventId, beside))?.skeleton,
    forget(before, oldest = Number.POSITIVE_INFINITY) {
      let forgotten = 0;
      while ((times[0] ?? Number.POSITIVE_INFINITY) < before) {
        const written = byTime.get(times[0] ?? 0) ?? new Set();
        for (const id of written) {
          if ((byEvent.get(id)?.position ?? 0) >= oldest) continue;
          byEvent.delete(id);
          written.delete(id);
          forgotten += 1;
        }
        // What stands behind it was written later and is held back for the same reason.
        if (written.size > 0) break;
        byTime.delete(times.shift() ?? 0);
      }
      return forgotten;
    },
  };
}

export interface OpenTable {
  put(record: OpenRecord): void;
  get(execution: ExecutionKey, operationId: string): Uint8Array | undefined;
  erase(execution: ExecutionKey): void;
}

export function createOpenTable(): OpenTable {
  const records = new Map<string, OpenRecord>();
  return {
    put(record) {
      const { execution, operationId, content } = record;
      const id = idOf(execution, operationId);
      if (content === undefined) records.delete(id);
      else records.set(id, { ...record, content: Uint8Array.from(content) });
    },
    get: (execution, operationId) => records.get(idOf(execution, operationId))?.content,
    erase({ source, executionId }) {
      for (const [id, { execution }] of records) {
        if (execution.source === source && execution.executionId === executionId) records.delete(id);
      }
    },
  };
}

/** JSON, because any of them may hold any character. */
function idOf(execution: ExecutionKey, eventId: string, beside?: string): string {
  return JSON.stringify([execution.source, execution.executionId, eventId, beside]);
}
