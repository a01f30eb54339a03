/** Which of several events that claim to end an operation is its end. */
import type { ArrivedEvent, Operation } from './operation.ts';
import { compareEvents } from './order.ts';

/** One more event that claims to end the operation. What names it, or its call, counts before what is only like its end. */
export function claimEnd<D>(operation: Operation<D>, event: ArrivedEvent<D>): void {
  const { end } = operation;
  if (end === undefined) {
    operation.end = event;
    return;
  }
  const isBetter = compareClaims(operation, event, end) < 0;
  if (isBetter) operation.end = event;
  operation.otherEnds ??= [];
  operation.otherEnds.push(isBetter ? end : event);
}

/** Whether an id tells that the event ends the operation. */
export function isEndById({ id }: Operation<unknown>, { facts }: ArrivedEvent<unknown>): boolean {
  return facts.startedId === id || facts.callId !== undefined;
}

const NONE: readonly never[] = [];

/** All that claim to end the operation. */
export function endsOf<D>({ end, otherEnds }: Operation<D>): readonly ArrivedEvent<D>[] {
  if (end === undefined) return NONE;
  return otherEnds === undefined ? [end] : [end, ...otherEnds];
}

function compareClaims(
  operation: Operation<unknown>,
  one: ArrivedEvent<unknown>,
  other: ArrivedEvent<unknown>,
): number {
  const named = Number(isEndById(operation, other)) - Number(isEndById(operation, one));
  return named || compareEvents(one.facts, other.facts);
}
