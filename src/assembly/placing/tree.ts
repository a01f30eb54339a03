/** Puts operations below the parents that they name, as far as these are known. */
import { each, including } from '../collections/few.ts';
import { addTo, removeFrom, takeAll } from '../collections/groups.ts';
import { findNode, link, markRooted, missingAbove, type Node, unlink, weakestInCircle } from '../lineage.ts';
import { type ArrivedEvent, isTransparent, leadOf, type Operation, operationId, operationOf } from '../operation.ts';
import { addMark, markPlaced, placeMark } from './marks.ts';
import { type Placing, touch } from './placing.ts';

/** The operation has become known, or is known better: everything that waited for it finds it. */
export function showOperation<D>(operation: Operation<D>, event: ArrivedEvent<D>, placing: Placing<D>): void {
  const { execution } = operation;
  execution.operations = including(execution.operations, operation, operationId);
  attach(operation, placing);
  noteFlowId(operation);
  touch(operation, event, placing);
  for (const item of takeAll(execution.parentsAwaited, operation.id)) {
    if (item.is === 'mark') {
      markPlaced(item, placing);
      placeMark(execution, item.event, placing);
    } else attach(item, placing);
  }
  if (isTransparent(operation)) passOnMarks(operation, placing);
  placing.shown(operation);
}

/** Puts an operation below the parent that it names. */
export function attach<D>(operation: Operation<D>, placing: Placing<D>): void {
  const { execution } = operation;
  const parentId = leadOf(operation)?.facts.parentId;
  if (operation.parent !== undefined) {
    if (operation.parent.id === parentId) {
      placing.nested(operation);
      return;
    }
    const before = operation.heldBy;
    unlink(operation);
    wake(before, operation, placing);
  }
  withdraw(operation);
  if (parentId === undefined || parentId === operation.id) {
    operation.placeless = true;
    return;
  }
  operation.placeless = false;
  const parent = findNode(execution, parentId, placing.recall);
  const missing = parent === undefined ? parentId : missingAbove(execution, parent, placing.recall);
  if (missing !== undefined) {
    operation.awaits = missing;
    execution.parentsAwaited = addTo(execution.parentsAwaited, missing, operation);
  }
  if (parent === undefined) placing.parentMissing(operation, parentId);
  else if (missing === undefined && isBelow(parent, operation)) standAlone(operation, placing);
  else if (missing === undefined) adopt(operation, parent, 'exact', placing);
}

/** Of what has settled: a circle of parents was cut at the operation before. */
function isBelow(node: Node<unknown>, operation: Operation<unknown>): boolean {
  return node.is === 'ancestor' && node.rootId === operation.id;
}

/** Takes an operation for a root. */
export function standAlone<D>(operation: Operation<D>, placing: Placing<D>): void {
  const before = operation.heldBy;
  unlink(operation);
  operation.placeless = false;
  withdraw(operation);
  operation.parentCertainty = 'root';
  for (const rooted of markRooted(operation, operation)) placing.review(rooted);
  wake(before, operation, placing);
}

/** The operation waits no more for the parent that it named. */
export function withdraw(operation: Operation<unknown>): void {
  const { awaits, execution } = operation;
  if (awaits === undefined) return;
  operation.awaits = undefined;
  removeFrom(execution.parentsAwaited, awaits, operation);
}

/** Puts an operation below a parent that is known by now. */
export function adopt<D>(
  operation: Operation<D>,
  parent: Node<D>,
  certainty: 'exact' | 'inferred',
  placing: Placing<D>,
): void {
  const before = operation.heldBy;
  operation.parentCertainty = certainty;
  for (const rooted of link(operation, parent, placing.recall)) placing.review(rooted);
  cutCircle(operation, placing);
  if (isTransparent(operation)) passOnMarks(operation, placing);
  placing.review(operation);
  wake(before, operation, placing);
  if (certainty === 'exact') placing.nested(operation);
}

/** What held the operation before may have waited for nothing else. */
function wake<D>(before: Operation<D> | undefined, operation: Operation<D>, placing: Placing<D>): void {
  if (before !== undefined && before !== operation.heldBy) placing.review(before);
}

/** At once: who goes up from parent to parent would never arrive. */
function cutCircle<D>(operation: Operation<D>, placing: Placing<D>): void {
  // Nothing stands below most operations when they find their place.
  const weakest = operation.children === undefined ? undefined : weakestInCircle(operation);
  if (weakest !== undefined) standAlone(weakest, placing);
}

/** A transparent operation has no span: what was said to it is said to the operation around it, once that is known. */
function passOnMarks<D>(operation: Operation<D>, placing: Placing<D>): void {
  if (operation.parent === undefined) return;
  const { marks = [] } = operation;
  operation.marks = undefined;
  for (const mark of marks) addMark(operation.execution, operation.parent, mark, placing);
  for (const child of each(operation.children)) if (isTransparent(child)) passOnMarks(child, placing);
}

/** The method's state names the flow that it belongs to, also where the flow's own events do not. */
function noteFlowId<D>(operation: Operation<D>): void {
  const lead = leadOf(operation)?.facts;
  const flowId = lead?.flowId;
  if (flowId === undefined) return;
  operation.flowId = flowId;
  const flow = lead?.parentId === undefined ? undefined : operationOf(operation.execution, lead.parentId);
  if (flow !== undefined && flow.kind.family === 'flow') flow.flowId ??= flowId;
}
