import type { Recall } from '../lineage.ts';
import type { ArrivedEvent, Execution, Item, Operation } from '../operation.ts';

/** What placing asks of the assembly around it. */
export interface Placing<D> {
  readonly recall: Recall;
  /** Something about the item changed: look anew at when it is due. */
  review(item: Item<D>): void;
  /** Nothing is waited for any more with the item. */
  over(item: Item<D>): void;
  /** The LLM call of this `call_id` has settled. */
  isCallOver(execution: Execution<D>, callId: string): boolean;
  /** An operation has become known. */
  shown(operation: Operation<D>): void;
  /** An operation names a parent that its own execution does not know. */
  parentMissing(operation: Operation<D>, parentId: string): void;
  /** An operation that names its parent has found it. */
  nested(operation: Operation<D>): void;
  /** What an operation stands in by inference, or would without the parent that it names, has settled. */
  aroundSettled(operation: Operation<D>): void;
  /** An end has found its operation. */
  ended(operation: Operation<D>, end: ArrivedEvent<D>): void;
  /** The event belongs to a span that was finished before it came. */
  late(execution: Execution<D>, event: ArrivedEvent<D>): void;
}

export function touch<D>(operation: Operation<D>, event: ArrivedEvent<D>, placing: Placing<D>): void {
  operation.touched = Math.max(operation.touched, event.arrived);
  placing.review(operation);
}
