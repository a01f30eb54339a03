/** Finds the place of each event as it arrives: which operation it starts, ends, marks or streams into. */
import type { OperationKind } from '../crewai/catalogue.ts';
import { createOperation } from './execution.ts';
import { each, including } from './few.ts';
import { addTo, removeFrom, takeAll } from './groups.ts';
import { lineUp } from './inference/sweep.ts';
import {
  findNode,
  link,
  markRooted,
  missingAbove,
  type Node,
  type Recall,
  unlink,
  visible,
  weakestInCircle,
} from './lineage.ts';
import {
  type ArrivedEvent,
  callId as callIdOf,
  callOf,
  claimEnd,
  type Execution,
  endsOf,
  type Item,
  isTransparent,
  type LooseEnd,
  type LooseMark,
  leadOf,
  type Operation,
  operationId,
  operationOf,
} from './operation.ts';
import { NOWHERE } from './schedule.ts';

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
  /** An end has found its operation. */
  ended(operation: Operation<D>, end: ArrivedEvent<D>): void;
  /** The event belongs to a span that was finished before it came. */
  late(execution: Execution<D>, event: ArrivedEvent<D>): void;
}

export function place<D>(execution: Execution<D>, event: ArrivedEvent<D>, to: Placing<D>): void {
  const { role } = event.facts;
  switch (role.is) {
    case 'start':
      placeStart(execution, event, role.kind, to);
      break;
    case 'end':
      execution.endsSeen = true;
      placeEnd(execution, event, role.kind, to);
      break;
    case 'mark':
    case 'chunk':
      placeMark(execution, event, to);
      break;
  }
}

function placeStart<D>(execution: Execution<D>, event: ArrivedEvent<D>, kind: OperationKind, to: Placing<D>): void {
  const { facts } = event;
  const operation = operationOf(execution, facts.id) ?? createOperation(execution, facts.id, kind);
  const strangers = dismissStrangers(operation, kind);
  operation.kind = kind;
  operation.start = event;
  showOperation(operation, event, to);
  if (facts.callId !== undefined) answerCall(execution, operation, facts.callId, to);
  lineUp(execution.sweep, operation);
  for (const stranger of strangers) placeEndByCall(execution, stranger, kindOfEnd(stranger, kind), to);
}

/** Ends of another kind named the operation before its start told what it is. */
function dismissStrangers<D>(operation: Operation<D>, kind: OperationKind): readonly ArrivedEvent<D>[] {
  const ends = endsOf(operation);
  if (ends.length === 0) return ends;
  const strangers = ends.filter(end => kindOf(end) !== kind.base);
  if (strangers.length === 0) return strangers;
  operation.end = undefined;
  operation.otherEnds = undefined;
  for (const end of ends) if (!strangers.includes(end)) claimEnd(operation, end);
  return strangers;
}

function kindOf(event: ArrivedEvent<unknown>): string | undefined {
  return event.facts.role.is === 'end' ? event.facts.role.kind.base : undefined;
}

function kindOfEnd(event: ArrivedEvent<unknown>, otherwise: OperationKind): OperationKind {
  return event.facts.role.is === 'end' ? event.facts.role.kind : otherwise;
}

/** The operation has become known, or is known better: everything that waited for it finds it. */
export function showOperation<D>(operation: Operation<D>, event: ArrivedEvent<D>, to: Placing<D>): void {
  const { execution } = operation;
  execution.operations = including(execution.operations, operation, operationId);
  attach(execution, operation, to);
  noteFlowId(execution, operation);
  touch(operation, event, to);
  for (const item of takeAll(execution.parentsAwaited, operation.id)) {
    if (item.is === 'mark') {
      markPlaced(item, to);
      placeMark(execution, item.event, to);
    } else attach(execution, item, to);
  }
  if (isTransparent(operation)) passOnMarks(execution, operation, to);
  to.shown(operation);
}

/** Puts an operation below the parent that it names. */
function attach<D>(execution: Execution<D>, operation: Operation<D>, to: Placing<D>): void {
  const parentId = leadOf(operation)?.facts.parentId;
  if (operation.parent !== undefined) {
    if (operation.parent.id === parentId) {
      to.nested(operation);
      return;
    }
    const before = operation.heldBy;
    unlink(operation);
    if (before !== undefined) to.review(before);
  }
  withdraw(operation);
  if (parentId === undefined || parentId === operation.id) {
    operation.placeless = true;
    return;
  }
  operation.placeless = false;
  const parent = findNode(execution, parentId, to.recall);
  const missing = parent === undefined ? parentId : missingAbove(execution, parent, to.recall);
  if (missing !== undefined) {
    operation.awaits = missing;
    execution.parentsAwaited = addTo(execution.parentsAwaited, missing, operation);
  }
  if (parent === undefined) to.parentMissing(operation, parentId);
  else if (missing === undefined && isBelow(parent, operation)) standAlone(operation, to);
  else if (missing === undefined) adopt(operation, parent, 'exact', to);
}

/** Of what has settled: a circle of parents was cut at the operation before. */
function isBelow(node: Node<unknown>, operation: Operation<unknown>): boolean {
  return node.is === 'ancestor' && node.rootId === operation.id;
}

/** Takes an operation for a root. */
export function standAlone<D>(operation: Operation<D>, to: Placing<D>): void {
  operation.placeless = false;
  withdraw(operation);
  operation.parentCertainty = 'root';
  for (const rooted of markRooted(operation, operation)) to.review(rooted);
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
  to: Placing<D>,
): void {
  const before = operation.heldBy;
  operation.parentCertainty = certainty;
  for (const rooted of link(operation, parent, to.recall)) to.review(rooted);
  cutCircle(operation, to);
  if (isTransparent(operation)) passOnMarks(operation.execution, operation, to);
  to.review(operation);
  // Whoever held it may have waited for nothing else.
  if (before !== undefined && before !== operation.heldBy) to.review(before);
  if (certainty === 'exact') to.nested(operation);
}

/** At once: who goes up from parent to parent would never arrive. */
function cutCircle<D>(operation: Operation<D>, to: Placing<D>): void {
  // Nothing stands below most operations when they find their place.
  const weakest = operation.children === undefined ? undefined : weakestInCircle(operation);
  if (weakest === undefined) return;
  unlink(weakest);
  standAlone(weakest, to);
}

/** A transparent operation has no span: what was said to it is said to the operation around it, once that is known. */
function passOnMarks<D>(execution: Execution<D>, operation: Operation<D>, to: Placing<D>): void {
  if (operation.parent === undefined) return;
  const { marks = [] } = operation;
  operation.marks = undefined;
  for (const mark of marks) addMark(execution, operation.parent, mark, to);
  for (const child of each(operation.children)) if (isTransparent(child)) passOnMarks(execution, child, to);
}

/** The method's state names the flow that it belongs to, also where the flow's own events do not. */
function noteFlowId<D>(execution: Execution<D>, operation: Operation<D>): void {
  const lead = leadOf(operation)?.facts;
  const flowId = lead?.flowId;
  if (flowId === undefined) return;
  operation.flowId = flowId;
  const flow = lead?.parentId === undefined ? undefined : operationOf(execution, lead.parentId);
  if (flow !== undefined && flow.kind.family === 'flow') flow.flowId ??= flowId;
}

/** An end has found the start that it belongs to by likeness. */
export function pair<D>(end: LooseEnd<D>, operation: Operation<D>, to: Placing<D>): void {
  endPlaced(end, to);
  operation.pairedByInference = true;
  addEnd(operation, end.event, to);
}

function touch<D>(operation: Operation<D>, event: ArrivedEvent<D>, to: Placing<D>): void {
  operation.touched = Math.max(operation.touched, event.arrived);
  to.review(operation);
}

function placeEnd<D>(execution: Execution<D>, event: ArrivedEvent<D>, kind: OperationKind, to: Placing<D>): void {
  const { startedId, callId, role } = event.facts;
  const node = startedId === undefined ? undefined : findNode(execution, startedId, to.recall);
  if (startedId === undefined) placeEndByCall(execution, event, kind, to);
  else if (node === undefined && callId !== undefined && role.is === 'end' && role.outcome === 'failed') {
    // A call that fails may end twice, the second time in the name of the flow around it: see the recordings of 1.15.
    placeEndByCall(execution, event, kind, to);
  } else if (node === undefined) {
    const shell = createOperation(execution, startedId, kind);
    claimEnd(shell, event);
    showOperation(shell, event, to);
    to.ended(shell, event);
  } else if ((node.is === 'ancestor' ? node.base : node.kind.base) !== kind.base) {
    placeEndByCall(execution, event, kind, to);
  } else if (node.is === 'ancestor') {
    to.late(execution, event);
  } else addEnd(node, event, to);
}

export function addEnd<D>(operation: Operation<D>, event: ArrivedEvent<D>, to: Placing<D>): void {
  claimEnd(operation, event);
  if (operation.start === undefined) attach(operation.execution, operation, to);
  operation.flowId = event.facts.flowId ?? operation.flowId;
  touch(operation, event, to);
  to.ended(operation, event);
}

function placeEndByCall<D>(execution: Execution<D>, event: ArrivedEvent<D>, kind: OperationKind, to: Placing<D>): void {
  const { callId } = event.facts;
  const operation = callId === undefined ? undefined : callOf(execution, callId);
  if (operation !== undefined) addEnd(operation, event, to);
  else if (callId !== undefined && to.isCallOver(execution, callId)) to.late(execution, event);
  else keepLooseEnd(execution, event, kind, to);
}

function keepLooseEnd<D>(execution: Execution<D>, event: ArrivedEvent<D>, kind: OperationKind, to: Placing<D>): void {
  const { callId } = event.facts;
  const end: LooseEnd<D> = {
    is: 'end',
    execution,
    event,
    kind,
    alone: false,
    done: false,
    slot: NOWHERE,
  };
  if (callId !== undefined) execution.callsAwaited = addTo(execution.callsAwaited, callId, end);
  else lineUp(execution.sweep, end);
  if (kind.family === 'custom') {
    execution.loneEnds ??= new Set();
    execution.loneEnds.add(end);
  }
  to.review(end);
}

/** The start of an LLM call shows the `call_id` that its ends and chunks may have come with before it. */
function answerCall<D>(execution: Execution<D>, operation: Operation<D>, callId: string, to: Placing<D>): void {
  execution.calls = including(execution.calls, operation, callIdOf);
  takeWaiting(operation, callId, to);
}

/** Gives a call what came with its `call_id` before it was known. */
export function takeWaiting<D>(operation: Operation<D>, callId: string, to: Placing<D>): void {
  for (const item of takeAll(operation.execution.callsAwaited, callId)) {
    if (item.is === 'end') {
      endPlaced(item, to);
      addEnd(operation, item.event, to);
    } else {
      markPlaced(item, to);
      addChunk(operation, item.event, to);
    }
  }
}

function addChunk<D>(operation: Operation<D>, event: ArrivedEvent<D>, to: Placing<D>): void {
  operation.chunks ??= [];
  operation.chunks.push(event);
  touch(operation, event, to);
}

/** A chunk without ids has found the call that it streams. */
export function stream<D>(chunk: LooseMark<D>, call: Operation<D>, to: Placing<D>): void {
  markPlaced(chunk, to);
  addChunk(call, chunk.event, to);
}

function markPlaced<D>(mark: LooseMark<D>, to: Placing<D>): void {
  mark.done = true;
  mark.execution.looseMarks?.delete(mark);
  to.over(mark);
}

function endPlaced<D>(end: LooseEnd<D>, to: Placing<D>): void {
  end.done = true;
  end.execution.loneEnds?.delete(end);
  to.over(end);
}

function placeMark<D>(execution: Execution<D>, event: ArrivedEvent<D>, to: Placing<D>): void {
  const { callId, parentId, role } = event.facts;
  const isChunk = role.is === 'chunk';
  const named = isChunk ? namedCall(execution, callId) : parentOf(execution, parentId, to);
  const missing = named === undefined ? parentId : missingAbove(execution, named, to.recall);
  if (named !== undefined && missing === undefined) {
    addMark(execution, named, event, to);
    return;
  }
  if (isChunk && callId !== undefined && to.isCallOver(execution, callId)) {
    to.late(execution, event);
    return;
  }
  const awaits = isChunk ? undefined : missing;
  const mark: LooseMark<D> = { is: 'mark', execution, event, awaits, done: false, slot: NOWHERE };
  execution.looseMarks ??= new Set();
  execution.looseMarks.add(mark);
  if (awaits !== undefined) execution.parentsAwaited = addTo(execution.parentsAwaited, awaits, mark);
  if (isChunk && callId !== undefined) execution.callsAwaited = addTo(execution.callsAwaited, callId, mark);
  // A chunk's parent is that of its call: it says nothing of which call that is.
  if (isChunk && callId === undefined) lineUp(execution.sweep, mark);
  to.review(mark);
}

function namedCall<D>(execution: Execution<D>, callId: string | undefined): Node<D> | undefined {
  return callId === undefined ? undefined : callOf(execution, callId);
}

function parentOf<D>(execution: Execution<D>, parentId: string | undefined, to: Placing<D>): Node<D> | undefined {
  return parentId === undefined ? undefined : findNode(execution, parentId, to.recall);
}

/** Puts a mark onto the operation around `node`; onto a transparent one only until it is known what is around it. */
export function addMark<D>(execution: Execution<D>, node: Node<D>, event: ArrivedEvent<D>, to: Placing<D>): void {
  const place = visible(execution, node, to.recall) ?? node;
  if (place.is === 'ancestor' || place.settled) to.late(execution, event);
  else if (event.facts.role.is === 'chunk') addChunk(place, event, to);
  else {
    place.marks ??= [];
    place.marks.push(event);
    touch(place, event, to);
  }
}
