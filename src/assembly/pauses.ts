/** Flows that pause for a human, and the segments that go on from there: perhaps days later, in another execution. */
import type { ExecutionKey, Skeleton } from '../journal/journal.ts';
import { callerOf } from './finishing.ts';
import { type ArrivedEvent, endOf, type Operation } from './operation.ts';
import type { OperationLink } from './settled.ts';
import { decodePause, encodePause, type Pause, pauseKey } from './skeletons.ts';

export interface Pauses<D> {
  note(operation: Operation<D>, end: ArrivedEvent<D>): void;
  /** What is to be kept of an operation that settles, if it is a flow that paused. */
  skeletonOf(operation: Operation<D>): Skeleton | undefined;
  /** What was handed out before can be read back now: it need not be held here any more. */
  forgetHandedOut(): void;
  /** The link from a flow that starts at `startTime` (microseconds) to the segment that it goes on from. */
  linkFrom(operation: Operation<D>, startTime: number): OperationLink | undefined;
}

export function createPauses<D>(recall: (key: ExecutionKey, eventId: string) => Skeleton | undefined): Pauses<D> {
  /** By source and the id that the flow keeps. */
  const inFlight = new Map<string, Operation<D>>();
  const handedOut: string[] = [];
  const keyOf = ({ execution }: Operation<D>, flowId: string): string => `${execution.source}\n${flowId}`;

  return {
    note(operation, end) {
      const { flowId, role } = end.facts;
      if (role.is !== 'end' || role.outcome !== 'paused') return;
      if (operation.kind.family === 'flow' && flowId !== undefined) inFlight.set(keyOf(operation, flowId), operation);
    },
    skeletonOf(operation) {
      const { execution, flowId } = operation;
      if (flowId === undefined || inFlight.get(keyOf(operation, flowId)) !== operation) return undefined;
      handedOut.push(keyOf(operation, flowId));
      return { ...pauseKey(execution.source, flowId), operation: encodePause(pauseOf(operation)) };
    },
    forgetHandedOut() {
      for (const key of handedOut.splice(0)) inFlight.delete(key);
    },
    linkFrom(operation, startTime) {
      const { execution, flowId, kind } = operation;
      if (kind.family !== 'flow' || flowId === undefined) return undefined;
      const key = pauseKey(execution.source, flowId);
      const live = inFlight.get(keyOf(operation, flowId));
      const pause = live === undefined ? decodePause(recall(key.execution, key.eventId)) : pauseOf(live);
      if (pause === undefined || pause.operationId === operation.id || pause.time > startTime) return undefined;
      const { executionId, operationId, caller } = pause;
      return { reason: 'resumed', executionId, operationId, caller };
    },
  };
}

function pauseOf(operation: Operation<unknown>): Pause {
  const { execution, id } = operation;
  const time = endOf(operation)?.facts.time ?? Number.POSITIVE_INFINITY;
  return { executionId: execution.executionId, operationId: id, caller: callerOf(operation), time };
}
