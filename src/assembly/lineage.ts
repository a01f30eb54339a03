/**
 * Where operations stand: the links from an operation to its parent, and what goes along them. A parent that has
 * settled is an `Ancestor`, read back from its skeleton; one that is still in flight is an `Operation`.
 */
import { type Family, roleOf } from '../crewai/catalogue.ts';
import { countOf, each } from './collections/few.ts';
import { giveUpExpectation, hold, isHeldBelow } from './holding.ts';
import { type Ancestor, type Execution, isTransparent, type Operation, operationOf } from './operation.ts';

/** Looks up an operation that has settled. */
export type Recall = (execution: Execution<unknown>, id: string) => Ancestor | undefined;

export type Node<D> = Operation<D> | Ancestor;

export function findNode<D>(execution: Execution<D>, id: string | undefined, recall: Recall): Node<D> | undefined {
  return id === undefined ? undefined : (operationOf(execution, id) ?? recall(execution, id));
}

/** The node above, with a span or without. */
export function above<D>(execution: Execution<D>, node: Node<D>, recall: Recall): Node<D> | undefined {
  if (node.is === 'operation') return node.parent;
  return findNode(execution, node.parentId, recall);
}

/**
 * The id on the way up from `node` that nothing is known of. What has settled is read back one by one, and what it
 * stands in may be still to come: the events of an open operation are read again in the order of their arrival.
 */
export function missingAbove<D>(execution: Execution<D>, node: Node<D>, recall: Recall): string | undefined {
  let here = node;
  while (here.is === 'ancestor' && here.parentId !== undefined) {
    const next = findNode(execution, here.parentId, recall);
    if (next === undefined) return here.parentId;
    here = next;
  }
  return undefined;
}

/** The node itself or the nearest one above that has a span; `undefined` where the way up ends before. */
export function visible<D>(execution: Execution<D>, node: Node<D> | undefined, recall: Recall): Node<D> | undefined {
  let here = node;
  while (here !== undefined && isTransparent(here)) here = above(execution, here, recall);
  return here;
}

/** The node itself or the nearest one above that has not settled. */
function liveFrom<D>(execution: Execution<D>, node: Node<D>, recall: Recall): Operation<D> | undefined {
  let here: Node<D> | undefined = node;
  while (here?.is === 'ancestor') here = above(execution, here, recall);
  while (here?.settled) here = here.heldBy;
  return here;
}

/** Puts an operation below another. Answers those that thereby know their way up to a root. */
export function link<D>(operation: Operation<D>, parent: Node<D>, recall: Recall): readonly Operation<D>[] {
  unlink(operation);
  operation.parent = parent;
  const holder = liveFrom(operation.execution, parent, recall);
  giveUpExpectation(operation, holder);
  hold(holder, operation);
  const root =
    parent.is === 'operation' ? parent.root : (findNode(operation.execution, parent.rootId, recall) ?? parent);
  return root === undefined ? [] : markRooted(operation, root);
}

export function unlink<D>(operation: Operation<D>): void {
  hold(undefined, operation);
  operation.parent = undefined;
  operation.root = undefined;
  operation.expected = undefined;
}

/** The operation waits for the parent that it names: until that comes, it counts with what it would stand in without. */
export function expect<D>(operation: Operation<D>, around: Node<D>, recall: Recall): void {
  operation.expected = around;
  const holder = liveFrom(operation.execution, around, recall);
  if (holder !== undefined && !isHeldBelow(holder, operation)) hold(holder, operation);
}

/** Passes on downwards, without recursion, that the way up to a root is known. */
export function markRooted<D>(operation: Operation<D>, root: Node<D>): readonly Operation<D>[] {
  const rooted: Operation<D>[] = [];
  if (operation.root !== root) rooted.push(operation);
  for (const next of rooted) {
    next.root = root;
    for (const child of each(next.children)) if (child.parent !== undefined && child.root !== root) rooted.push(child);
  }
  return rooted;
}

/** The parent; where that was read back, the nearest one above it that has not settled. */
function liveParent<D>(operation: Operation<D>): Node<D> | undefined {
  return operation.parent?.is === 'ancestor' ? (operation.heldBy ?? operation.parent) : operation.parent;
}

/** Whether `operation` stands above `node`, or is it. */
export function isAbove<D>(operation: Operation<D>, node: Node<D>): boolean {
  // Nothing is below most operations that a place is looked for: the way up may be thousands of steps.
  if (!operation.settled && countOf(operation.children) === 0) return operation === node;
  const met = new Set<Node<D>>();
  for (let here: Node<D> | undefined = node; here !== undefined && !met.has(here); ) {
    if (here === operation) return true;
    met.add(here);
    here = here.is === 'operation' ? liveParent(here) : undefined;
  }
  return false;
}

/**
 * The member of a circle of parents whose link is to be cut: the first in order of ids, whoever closed the circle; of
 * those that have not settled, since the others were sent with the parent that they have. `undefined` where the way up
 * does not come back to `operation`.
 */
export function weakestInCircle<D>(operation: Operation<D>): Operation<D> | undefined {
  let weakest = operation;
  const met = new Set<Operation<D>>([operation]);
  for (let here = liveParent(operation); here !== operation; here = liveParent(here)) {
    if (here === undefined || here.is === 'ancestor' || met.has(here)) return undefined;
    met.add(here);
    if (!here.settled && here.id < weakest.id) weakest = here;
  }
  return weakest;
}

export function familyOf(node: Node<unknown>): Family | undefined {
  if (node.is === 'operation') return node.kind.family;
  const role = roleOf(`${node.base}_started`);
  return role.is === 'start' ? role.kind.family : undefined;
}
