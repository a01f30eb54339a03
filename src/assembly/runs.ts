/** Runs inside runs: an execution whose root names, as its parent, an operation of another execution of its source. */
import type { ExecutionKey } from '../journal/journal.ts';
import type { Dormant } from './executions/dormant.ts';
import { mayContain } from './inference/containers.ts';
import { callerOf } from './inherited.ts';
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

/** Of one source, by the id of the operation. */
interface Known<D> {
  readonly containers: Map<string, Operation<D> | Dormant>;
  /** Runs that name an operation which is not known yet. */
  readonly sought: Map<string, Set<Operation<D>>>;
  /** Each of them, with the id under which it stands there: it may name another parent since. */
  readonly seekers: Map<Operation<D>, string>;
}

export function createRuns<D>({ found, wake }: RunsParts<D>): Runs<D> {
  /** Of sources that have any: any number may come and go. */
  const bySource = new Map<string, Known<D>>();

  function knownIn({ source }: ExecutionKey): Known<D> {
    let known = bySource.get(source);
    if (known === undefined) {
      known = { containers: new Map(), sought: new Map(), seekers: new Map() };
      bySource.set(source, known);
    }
    return known;
  }

  function containerAt({ source }: ExecutionKey, id: string): Operation<D> | undefined {
    const known = bySource.get(source)?.containers.get(id);
    if (known?.is !== 'dormant') return known;
    bySource.get(source)?.containers.delete(id);
    wake(known);
    const awake = bySource.get(source)?.containers.get(id);
    return awake?.is === 'operation' ? awake : undefined;
  }

  function left(operation: Operation<D>): void {
    const { source } = operation.execution.key;
    const known = bySource.get(source);
    if (known === undefined) return;
    const { containers, seekers } = known;
    if (containers.get(operation.id) === operation) containers.delete(operation.id);
    stopSeeking(known, operation);
    if (containers.size === 0 && seekers.size === 0) bySource.delete(source);
  }

  function stopSeeking({ sought, seekers }: Known<D>, run: Operation<D>): void {
    const parentId = seekers.get(run);
    if (parentId === undefined) return;
    seekers.delete(run);
    const runs = sought.get(parentId);
    runs?.delete(run);
    if (runs?.size === 0) sought.delete(parentId);
  }

  return {
    left,
    shown(operation) {
      if (!mayContain(operation.kind)) return;
      const { containers, sought, seekers } = knownIn(operation.execution.key);
      containers.set(operation.id, operation);
      if (sought.size === 0) return;
      for (const run of sought.get(operation.id) ?? []) {
        seekers.delete(run);
        // Only late, it has found its place by now; or it is not what the run names any more.
        if (run.execution === operation.execution || leadOf(run)?.facts.parentId !== operation.id) continue;
        run.outer = operation;
        found(run);
      }
      sought.delete(operation.id);
    },
    seek(run, parentId) {
      if (!run.kind.canBeRoot) return;
      run.outer = containerAt(run.execution.key, parentId);
      if (run.outer !== undefined) return;
      const known = knownIn(run.execution.key);
      stopSeeking(known, run);
      const runs = known.sought.get(parentId) ?? new Set();
      known.sought.set(parentId, runs.add(run));
      known.seekers.set(run, parentId);
    },
    rested(operation, dormant) {
      const { execution, id } = operation;
      const isContainer = bySource.get(execution.key.source)?.containers.get(id) === operation;
      left(operation);
      if (isContainer) knownIn(execution.key).containers.set(id, dormant);
    },
    outerOf(run) {
      const { outer } = run;
      return outer?.execution.atRest && !outer.settled ? containerAt(outer.execution.key, outer.id) : outer;
    },
  };
}

/** The link from a run to the operation that it was started in: open then, in a run that had not ended. */
export function linkToOuter<D>(run: Operation<D>, outer: Operation<D>, recall: Recall): OperationLink | undefined {
  if (!wasOpen(outer, intervalOf(run).from)) return undefined;
  const operation = visible(outer.execution, outer, recall);
  if (operation === undefined) return undefined;
  const { executionId } = outer.execution.key;
  return { reason: 'parent_execution', executionId, operationId: operation.id, caller: callerOf(outer) };
}

/** A failed run leaves scopes open that nothing ends: what happens after the end of its root is not inside it. */
function wasOpen(outer: Operation<unknown>, time: number): boolean {
  return intervalOf(outer).to >= time && endOfRoot(outer) >= time;
}

function endOfRoot({ root }: Operation<unknown>): number {
  if (root?.is === 'ancestor') return root.ended ? root.endTime : Number.POSITIVE_INFINITY;
  return root?.end?.facts.time ?? Number.POSITIVE_INFINITY;
}
