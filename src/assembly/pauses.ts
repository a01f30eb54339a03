/** Flows that pause for a human, and the segments that go on from there: perhaps days later, in another execution. */
import type { ExecutionKey, Skeleton } from '../journal/journal.ts';
import { callerOf } from './inherited.ts';
import { decodePause, encodePause, type Pause, pauseKey } from './keeping/skeletons.ts';
import type { ArrivedEvent, Operation } from './operation.ts';
import type { OperationLink } from './settled.ts';

export interface Pauses<D> {
  note(operation: Operation<D>, end: ArrivedEvent<D>): void;
  /** The flow has paused, and a resumed one may look for it. */
  holds(operation: Operation<D>): boolean;
  /** What is to be kept of an operation that settles, if it is a flow that paused. */
  skeletonOf(operation: Operation<D>): Skeleton | undefined;
  /** What was handed out before can be read back now: it need not be held here any more. */
  forgetHandedOut(): void;
  /** The link from a flow that starts at `startTime` (microseconds) to the segment that it goes on from. */
  linkFrom(operation: Operation<D>, startTime: number): OperationLink | undefined;
}

export function createPauses<D>(recall: (key: ExecutionKey, eventId: string) => Skeleton | undefined): Pauses<D> {
  /** By source and the id that the flow keeps: a flow may pause more than once. */
  const inFlight = new Map<string, Set<Operation<D>>>();
  const flowIds = new Map<Operation<D>, string>();
  const handedOut: Operation<D>[] = [];
  const keyOf = (source: string, flowId: string): string => `${source}\n${flowId}`;

  function forget(operation: Operation<D>): void {
    const flowId = flowIds.get(operation);
    if (flowId === undefined) return;
    flowIds.delete(operation);
    const key = keyOf(operation.execution.key.source, flowId);
    const others = inFlight.get(key);
    others?.delete(operation);
    if (others?.size === 0) inFlight.delete(key);
  }

  /** All that is known of a flow's pauses: those in flight, and the last that the journal keeps. */
  function pausesOf(source: string, flowId: string): readonly Pause[] {
    const { execution, eventId } = pauseKey(source, flowId);
    const kept = decodePause(recall(execution, eventId));
    const live = [...(inFlight.get(keyOf(source, flowId)) ?? [])].map(pauseOf);
    return kept === undefined ? live : [...live, kept];
  }

  return {
    note(operation, end) {
      const { flowId, role } = end.facts;
      if (role.is !== 'end' || role.outcome !== 'paused') return;
      if (operation.kind.family !== 'flow' || flowId === undefined) return;
      forget(operation);
      const key = keyOf(operation.execution.key.source, flowId);
      flowIds.set(operation, flowId);
      inFlight.set(key, (inFlight.get(key) ?? new Set()).add(operation));
    },
    holds: operation => flowIds.has(operation),
    skeletonOf(operation) {
      const flowId = flowIds.get(operation);
      if (flowId === undefined) return undefined;
      handedOut.push(operation);
      const last = lastOf(pausesOf(operation.execution.key.source, flowId));
      if (last === undefined) return undefined;
      return { ...pauseKey(operation.execution.key.source, flowId), operation: encodePause(last) };
    },
    forgetHandedOut() {
      for (const operation of handedOut.splice(0)) forget(operation);
    },
    linkFrom(operation, startTime) {
      const { execution, flowId, id, kind } = operation;
      if (kind.family !== 'flow' || flowId === undefined) return undefined;
      const before = pausesOf(execution.key.source, flowId).filter(
        ({ operationId, time }) => operationId !== id && time <= startTime,
      );
      const pause = lastOf(before);
      if (pause === undefined) return undefined;
      const { executionId, operationId, caller } = pause;
      return { reason: 'resumed', executionId, operationId, caller };
    },
  };
}

function lastOf(pauses: readonly Pause[]): Pause | undefined {
  return pauses.reduce<Pause | undefined>((last, pause) => {
    return last === undefined || pause.time > last.time ? pause : last;
  }, undefined);
}

function pauseOf(operation: Operation<unknown>): Pause {
  const { execution, id } = operation;
  const time = operation.end?.facts.time ?? Number.POSITIVE_INFINITY;
  return { executionId: execution.key.executionId, operationId: id, caller: callerOf(operation), time };
}
