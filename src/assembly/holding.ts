/** Which operations that have not settled are below which: what one has to do with as long as it has not settled itself. */
import { each, including, without } from './collections/few.ts';
import { type Operation, operationId } from './operation.ts';

export function hold<D>(holder: Operation<D> | undefined, operation: Operation<D>): void {
  release(operation.heldBy, operation);
  operation.heldBy = holder;
  if (holder !== undefined) holder.children = including(holder.children, operation, operationId);
}

function release<D>(holder: Operation<D> | undefined, operation: Operation<D>): void {
  if (holder !== undefined) holder.children = without(holder.children, operation.id, operationId);
}

/** An operation that settles leaves what still lives below it to the one above. Answers that one. */
export function leaveChildren<D>(operation: Operation<D>): Operation<D> | undefined {
  const holder = operation.heldBy;
  for (const child of each(operation.children)) hold(holder, child);
  operation.children = undefined;
  release(holder, operation);
  return holder;
}

/** The operation and all below it that have not settled, without recursion. */
export function* liveBelow<D>(operation: Operation<D>): Generator<Operation<D>> {
  const pending = [operation];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    yield next;
    for (const child of each(next.children)) pending.push(child);
  }
}

/** Whether `operation` is held by `other`, or by what that holds, or is it. */
export function isHeldBelow<D>(operation: Operation<D>, other: Operation<D>): boolean {
  let here: Operation<D> | undefined = operation;
  while (here !== undefined && here !== other) here = here.heldBy;
  return here !== undefined;
}

/**
 * What is known goes before what is only expected. Where `holder` is to hold the operation, and is held by it because
 * something was expected there, that is given up.
 */
export function giveUpExpectation<D>(operation: Operation<D>, holder: Operation<D> | undefined): void {
  if (holder === undefined || operation.children === undefined || !isHeldBelow(holder, operation)) return;
  for (let here: Operation<D> | undefined = holder; here !== undefined && here !== operation; here = here.heldBy) {
    if (here.parent !== undefined) continue;
    hold(undefined, here);
    return;
  }
}
