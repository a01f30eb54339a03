/** Runs inside runs: an execution whose root names, as its parent, an operation of another execution of its source. */

import type { Dormant } from './dormant.ts';
import { callerOf } from './finishing.ts';
import { mayContain } from './inference/containers.ts';
import { type Recall, visible } from './lineage.ts';
import { intervalOf, leadOf, type Operation } from './operation.ts';
import type { OperationLink } from './settled.ts';

export interface Runs<D> {
  /** An operation has become known: a run of another execution may have been started in it. */
  shown(operation: Operation<D>): void;
  /** A root names a parent that its own execution does not know. */
  seek(run: Operation<D>, parentId: string): void;
  /** The operation goes; a run that it holds has found it by now. */
  left(operation: Operation<D>): void;
  /** The operation leaves the heap, and can be found there. */
  rested(operation: Operation<D>, dormant: Dormant): void;
  /** The operation that a run names, as it is by now. */
  outerOf(run: Operation<D>): Operation<D> | undefined;
}

export interface RunsParts<D> {
  /** Called when the operation that a run names becomes known. */
  readonly found: (run: Operation<D>) => void;
  /** Brings the execution back to the heap; its operations are shown again. */
  readonly wake: (dormant: Dormant) => void;
}

export function createRuns<D>({ found, wake }: RunsParts<D>): Runs<D> {
  const containers = new Map<string, Operation<D> | Dormant>();
  const sought = new Map<string, Set<Operation<D>>>();
  const keyOf = (operation: Operation<D>, id: string): string => `${operation.execution.source}\n${id}`;

  function containerAt(key: string): Operation<D> | undefined {
    const known = containers.get(key);
    if (known?.is !== 'dormant') return known;
    containers.delete(key);
    wake(known);
    const awake = containers.get(key);
    return awake?.is === 'operation' ? awake : undefined;
  }

  function left(operation: Operation<D>): void {
    if (mayContain(operation.kind)) {
      const key = keyOf(operation, operation.id);
      if (containers.get(key) === operation) containers.delete(key);
    }
    const parentId = sought.size === 0 ? undefined : leadOf(operation)?.facts.parentId;
    if (parentId === undefined) return;
    const runs = sought.get(keyOf(operation, parentId));
    runs?.delete(operation);
    if (runs?.size === 0) sought.delete(keyOf(operation, parentId));
  }

  return {
    left,
    shown(operation) {
      if (!mayContain(operation.kind)) return;
      const key = keyOf(operation, operation.id);
      containers.set(key, operation);
      for (const run of sought.get(key) ?? []) {
        run.outer = operation;
        found(run);
      }
      sought.delete(key);
    },
    seek(run, parentId) {
      if (!run.kind.canBeRoot) return;
      const key = keyOf(run, parentId);
      run.outer = containerAt(key);
      if (run.outer !== undefined) return;
      const runs = sought.get(key) ?? new Set();
      sought.set(key, runs.add(run));
    },
    rested(operation, dormant) {
      const key = keyOf(operation, operation.id);
      const isContainer = containers.get(key) === operation;
      left(operation);
      if (isContainer) containers.set(key, dormant);
    },
    outerOf(run) {
      const { outer } = run;
      return outer?.execution.atRest && !outer.settled ? containerAt(keyOf(outer, outer.id)) : outer;
    },
  };
}

/** The link from a run to the operation that it was started in: open then, in a run that had not ended. */
export function linkToOuter<D>(run: Operation<D>, outer: Operation<D>, recall: Recall): OperationLink | undefined {
  if (!wasOpen(outer, intervalOf(run).from)) return undefined;
  const operation = visible(outer.execution, outer, recall);
  if (operation === undefined) return undefined;
  const { executionId } = outer.execution;
  return { reason: 'parent_execution', executionId, operationId: operation.id, caller: callerOf(outer) };
}

/** A failed run leaves scopes open that nothing ends: what happens after the end of its root is not inside it. */
function wasOpen(outer: Operation<unknown>, time: number): boolean {
  const { from, to } = intervalOf(outer);
  return from <= time && to >= time && endOfRoot(outer) >= time;
}

function endOfRoot({ root }: Operation<unknown>): number {
  if (root?.is === 'ancestor') return root.ended ? root.endTime : Number.POSITIVE_INFINITY;
  const end = root === undefined ? undefined : root.end;
  return end?.facts.time ?? Number.POSITIVE_INFINITY;
}
