/** What is known of an event from before: it is held, or a skeleton is left of it or of its operation. */
import type { EventFacts } from '../../crewai/facts.ts';
import type { ExecutionKey, Skeleton } from '../../journal/journal.ts';
import type { Recall } from '../lineage.ts';
import { type Ancestor, type Execution, eventOf } from '../operation.ts';
import type { Ledger } from './ledger.ts';
import { besideOf, callKey, decodeAncestor } from './skeletons.ts';

/** Of an event that was taken before. */
export type Known =
  /** The same event once more. */
  | 'repeated'
  /** Its id is known with another content; the first stands. */
  | 'conflicting';

/** Reads back a skeleton, by the id of its event or by what that lies beside. */
export type RecallSkeleton = (key: ExecutionKey, eventId: string, beside: string | undefined) => Skeleton | undefined;

export interface Recognition {
  /** What is left of an event that was let go, durable or not yet. */
  skeleton(key: ExecutionKey, eventId: string, beside?: string): Skeleton | undefined;
  /** What is left of an operation that has settled. */
  readonly ancestor: Recall;
  /** The LLM call of this `call_id` has settled. */
  isCallOver(execution: Execution<unknown>, callId: string): boolean;
  /** What is known of an event by its id. An ancestor: the event is the start that its operation was finished without. */
  recognise(execution: Execution<unknown> | undefined, source: string, facts: EventFacts): Known | Ancestor | undefined;
}

/** `recall`: of what is durable. */
export function createRecognition(ledger: Pick<Ledger<unknown>, 'kept'>, recall: RecallSkeleton): Recognition {
  const skeleton = (key: ExecutionKey, eventId: string, beside?: string): Skeleton | undefined =>
    ledger.kept(key, eventId, beside) ?? recall(key, eventId, beside);
  const skeletonIn = (execution: Execution<unknown>, id: string): Skeleton | undefined =>
    execution.isFresh ? undefined : skeleton(execution.key, id);

  return {
    skeleton,
    ancestor: (execution, id) => decodeAncestor(skeletonIn(execution, id)),
    isCallOver: (execution, callId) => skeletonIn(execution, callKey(callId)) !== undefined,
    recognise(execution, source, facts) {
      const before = execution && eventOf(execution, facts.id);
      if (before !== undefined) return isSameEvent(before.facts, facts) ? 'repeated' : 'conflicting';
      if (execution?.isFresh) return undefined;
      const left = skeleton(execution?.key ?? { source, executionId: facts.executionId }, facts.id, besideOf(facts));
      if (left === undefined) return undefined;
      const ancestor = facts.role.is === 'start' ? decodeAncestor(left) : undefined;
      return ancestor?.startMissing ? ancestor : 'repeated';
    },
  };
}

/** By what assembly reads of it. Two contents that differ elsewhere are told apart by none of its decisions. */
function isSameEvent(a: EventFacts, b: EventFacts): boolean {
  return a.type === b.type && a.time === b.time && a.parentId === b.parentId && a.startedId === b.startedId;
}
