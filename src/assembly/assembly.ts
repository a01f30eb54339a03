/**
 * Assembles operations from events, execution by execution. Pure: no I/O, no timers, no randomness; the clock comes in
 * as a value. The trace is a function of the set of events: any order, batching and repetition gives the same
 * operations, as long as an event comes before what it belongs to has settled.
 */
import type { EventFacts } from '../crewai/facts.ts';
import type { ExecutionKey, Position, Skeleton } from '../journal/journal.ts';
import { eventsOf, finish, finishOf, passOnUpwards, remember } from './finishing.ts';
import { enclosedBy, endedRightBefore, hearChild } from './inference/evidence.ts';
import { placeOfMark } from './inference/marks.ts';
import { reasonsForParent } from './inference/nesting.ts';
import { dropUnmatched, type Findings, findPlace, moveOver, sweepUpTo } from './inference/sweep.ts';
import { leaveChildren, markRooted, type Node, type Recall, unlink, visible, weakestInCircle } from './lineage.ts';
import {
  type ArrivedEvent,
  compareOperations,
  createExecution,
  createOperation,
  type Execution,
  endOf,
  type Item,
  intervalOf,
  isTransparent,
  type LooseEnd,
  type LooseMark,
  leadOf,
  type Operation,
} from './operation.ts';
import { addMark, adopt, type Placing, pair, place, showOperation, stream } from './placing.ts';
import { createRuns, linkToOuter } from './runs.ts';
import { createSchedule } from './schedule.ts';
import type { AssemblySettings } from './settings.ts';
import type { OperationLink, SettledOperation } from './settled.ts';
import { decodeAncestor, decodePause, encodeAncestor, encodePause, type Pause, pauseKey } from './skeletons.ts';
import { dueOf } from './timing.ts';

/** What became of an event that was handed in. */
export type Addition =
  | 'added'
  /** Known already: the same event once more. */
  | 'repeated'
  /** Its id is known with another content; the first stands. */
  | 'conflicting';

/** Events that ended up on no span, and why. */
export interface Leftover {
  readonly type: string;
  /** `late`: its span was finished before it came. `unplaced`: nothing in its execution could carry it. */
  readonly reason: 'late' | 'unplaced';
}

/** What one step of time brought to an end; to be made durable as a whole. */
export interface AssemblyStep<D> {
  readonly operations: readonly SettledOperation<D>[];
  readonly skeletons: readonly Skeleton[];
  /** Bodies of which no event is needed any more. */
  readonly released: readonly Position[];
  readonly leftovers: readonly Leftover[];
}

export interface Assembly<D> {
  /** Takes an event, once it is durable. */
  add(source: string, event: ArrivedEvent<D>): Addition;
  /** Whether an event of this id was taken before. */
  knows(key: ExecutionKey, eventId: string): boolean;
  /** Lets go of all that has settled by `now` (milliseconds by the clock of arrival); `undefined` where nothing has. */
  advance(now: number): AssemblyStep<D> | undefined;
  /** When `advance` may next have something to do; `undefined` while nothing is in flight. */
  next(): number | undefined;
  /** What is in flight. */
  open(): { readonly executions: number; readonly operations: number };
}

export interface AssemblyOptions {
  readonly settings: AssemblySettings;
  /** Reads back a skeleton; sees what a step handed out as soon as the step was handed out. */
  readonly recall: (key: ExecutionKey, eventId: string) => Skeleton | undefined;
}

export function createAssembly<D>({ settings, recall }: AssemblyOptions): Assembly<D> {
  const executions = new Map<string, Execution<D>>();
  const schedule = createSchedule<Item<D>>();
  const held = new Map<Position, number>();
  const pauses = new Map<string, Pause>();
  let operationCount = 0;
  let step = emptyStep<D>();

  const recallAncestor: Recall = (execution, id) => decodeAncestor(recall(execution, id));
  const runs = createRuns<D>(run => placing.review(run));
  const placing: Placing<D> = {
    shown: operation => runs.shown(operation),
    parentMissing: (operation, parentId) => runs.seek(operation, parentId),
    recall: recallAncestor,
    review: item => schedule.set(item, dueOf(item, settings)),
    nested(operation) {
      // What was said inside it could not be heard around it before.
      if (isTransparent(operation)) for (const child of operation.children) placing.nested(child);
      const agent = hearChild(operation, recallAncestor);
      if (agent?.parentCertainty === 'inferred' && agent.root !== undefined) reconsider(agent);
    },
    ended(operation, end) {
      notePause(operation, end);
      const inside = endedRightBefore(operation, end, settings);
      if (inside !== undefined) moveInto(inside, operation);
      if (operation.root !== operation) return;
      for (const other of operation.execution.operations.values())
        if (endOf(other) === undefined) placing.review(other);
    },
    late: (execution, event) => leaveOver(execution, event, 'late'),
  };

  function executionOf(source: string, executionId: string): Execution<D> {
    const key = `${source}\n${executionId}`;
    const known = executions.get(key);
    if (known !== undefined) return known;
    const execution = createExecution<D>(source, executionId);
    executions.set(key, execution);
    return execution;
  }

  function add(source: string, event: ArrivedEvent<D>): Addition {
    const { facts } = event;
    const execution = executionOf(source, facts.executionId);
    const before = execution.seen.get(facts.id);
    if (before !== undefined) return repeated(before, event);
    const skeleton = recall(execution, facts.id);
    if (skeleton !== undefined && !isOwnStartMissing(skeleton, facts)) return repeated(undefined, event);
    execution.seen.set(facts.id, facts);
    held.set(event.position, (held.get(event.position) ?? 0) + 1);
    step.released.delete(event.position);
    if (skeleton !== undefined) leaveOver(execution, event, 'late');
    else {
      operationCount -= execution.operations.size;
      place(execution, event, placing);
      operationCount += execution.operations.size;
    }
    return 'added';
  }

  /** The start of an operation that was finished without one is late; it is no repeat of the end that stood for it. */
  function isOwnStartMissing(skeleton: Skeleton, facts: EventFacts): boolean {
    return facts.role.is === 'start' && decodeAncestor(skeleton)?.startMissing === true;
  }

  function repeated(before: EventFacts | undefined, event: ArrivedEvent<D>): Addition {
    if (!held.has(event.position)) step.released.add(event.position);
    return before === undefined || isSameEvent(before, event.facts) ? 'repeated' : 'conflicting';
  }

  function notePause(operation: Operation<D>, end: ArrivedEvent<D>): void {
    const { flowId, role, time } = end.facts;
    if (role.is !== 'end' || role.outcome !== 'paused' || operation.kind.family !== 'flow' || flowId === undefined)
      return;
    const { source, executionId } = operation.execution;
    pauses.set(`${source}\n${flowId}`, { executionId, operationId: operation.id, time });
  }

  /** The event is needed no more; its id is remembered, so that a repeat is known. */
  function letGo(execution: Execution<D>, event: ArrivedEvent<D>, operation?: Uint8Array): void {
    const { source, executionId } = execution;
    const eventId = event.facts.id;
    execution.seen.delete(eventId);
    const key = { execution: { source, executionId }, eventId };
    step.skeletons.push(operation === undefined ? key : { ...key, operation });
    const left = (held.get(event.position) ?? 1) - 1;
    if (left > 0) held.set(event.position, left);
    else {
      held.delete(event.position);
      step.released.add(event.position);
    }
  }

  function leaveOver(execution: Execution<D>, event: ArrivedEvent<D>, reason: Leftover['reason']): void {
    letGo(execution, event);
    step.leftovers.push({ type: event.facts.type, reason });
  }

  function advance(now: number): AssemblyStep<D> | undefined {
    for (let due = takeDue(now); due.length > 0; due = takeDue(now)) attend(due, now);
    const { operations, skeletons, released, leftovers } = step;
    if (skeletons.length === 0 && released.size === 0) return undefined;
    step = emptyStep();
    return { operations, skeletons, released: [...released], leftovers };
  }

  function takeDue(now: number): Item<D>[] {
    const items: Item<D>[] = [];
    for (let item = schedule.take(now); item !== undefined; item = schedule.take(now)) {
      const due = dueOf(item, settings);
      if (due > now) schedule.set(item, due);
      else items.push(item);
    }
    return items;
  }

  /** What ids leave open is decided before anything is finished: what goes must not be missing as a place for what stays. */
  function attend(due: readonly Item<D>[], now: number): void {
    const operations = due.filter(item => item.is === 'operation').sort(compareOperations);
    for (const item of due) sweepUpTo(item.execution.sweep, timeOf(item), findings);
    for (const item of due) if (item.is === 'end') attendEnd(item, now);
    for (const operation of operations)
      if (operation.root === undefined && dueOf(operation, settings) <= now) settleForLess(operation);
    for (const item of due) if (item.is === 'mark') attendMark(item, now);
    for (const operation of operations) {
      if (dueOf(operation, settings) > now) placing.review(operation);
      else if (operation.root !== undefined) settle(operation);
    }
  }

  const findings: Findings<D> = {
    placed(operation, parent) {
      if (parent !== undefined) takePlace(operation, parent);
      else if (operation.kind.canBeRoot) standAlone(operation);
      else {
        operation.homeless = true;
        placing.review(operation);
      }
    },
    paired(end, { operation, why }) {
      operation.whyEnd = why;
      pair(end, operation, placing);
      operation.execution.inferredEnds.set(end.event.facts.id, operation);
      const around = enclosedBy(operation, end.event, settings);
      if (around !== undefined) moveInto(operation, around);
    },
    streamed: (chunk, call) => stream(chunk, call, placing),
    unpaired(end) {
      end.alone = true;
      placing.review(end);
    },
  };

  /** The parent that an operation names will not come, or none was found where there should be one. */
  function settleForLess(operation: Operation<D>): void {
    if (operation.parent !== undefined) {
      cutCircle(operation);
      return;
    }
    const parent = findPlace(operation.execution.sweep, operation);
    if (parent === undefined) standAlone(operation);
    else takePlace(operation, parent);
  }

  function takePlace(operation: Operation<D>, parent: Operation<D>): void {
    stopAwaiting(operation);
    adopt(operation, parent, 'inferred', placing);
  }

  /** More has become known of an operation that was placed by inference, while it can still be moved. */
  function reconsider(operation: Operation<D>): void {
    if (operation.settled || operation.isWitnessed) return;
    const parent = findPlace(operation.execution.sweep, operation);
    if (parent !== undefined && parent !== operation.parent) takePlace(operation, parent);
  }

  /** The end of `around` came right after that of `operation`, in the same place. */
  function moveInto(operation: Operation<D>, around: Operation<D>): void {
    if (operation.settled || operation.parentCertainty !== 'inferred') return;
    operation.isWitnessed = true;
    if (operation.parent !== around) takePlace(operation, around);
  }

  function standAlone(operation: Operation<D>): void {
    stopAwaiting(operation);
    operation.parentCertainty = 'root';
    for (const rooted of markRooted(operation, operation)) placing.review(rooted);
  }

  function cutCircle(operation: Operation<D>): void {
    const weakest = weakestInCircle(operation);
    if (weakest === undefined) return;
    unlink(weakest);
    standAlone(weakest);
  }

  function stopAwaiting(operation: Operation<D>): void {
    operation.execution.placeless.delete(operation);
    const parentId = leadOf(operation)?.facts.parentId;
    if (parentId !== undefined) removeFrom(operation.execution.parentsAwaited, parentId, operation);
  }

  function attendMark(mark: LooseMark<D>, now: number): void {
    const { execution, event } = mark;
    if (mark.done) return;
    const place = placeOfMark(execution, event.facts);
    if (place === undefined && mark.event.arrived + settings.idleMs > now) {
      schedule.set(mark, mark.event.arrived + settings.idleMs);
      return;
    }
    forget(mark);
    if (place === undefined || event.facts.role.is === 'chunk') leaveOver(execution, event, 'unplaced');
    else addMark(execution, place, event, placing);
    dropIfEmpty(execution);
  }

  function forget(mark: LooseMark<D>): void {
    const { execution, event } = mark;
    mark.done = true;
    execution.looseMarks.delete(mark);
    if (event.facts.callId !== undefined) removeFrom(execution.callsAwaited, event.facts.callId, mark);
    if (event.facts.parentId !== undefined) removeFrom(execution.parentsAwaited, event.facts.parentId, mark);
  }

  function attendEnd(end: LooseEnd<D>, now: number): void {
    if (end.done) return;
    if (dueOf(end, settings) > now) placing.review(end);
    else giveUpEnd(end);
  }

  /**
   * No start came for an end. A custom event that merely looks like an end stands alone: it is a mark. So is an end
   * that names another operation's start. Any other is an operation without a start.
   */
  function giveUpEnd(end: LooseEnd<D>): void {
    const { execution, event, kind } = end;
    end.done = true;
    execution.loneEnds.delete(end);
    if (event.facts.callId !== undefined) removeFrom(execution.callsAwaited, event.facts.callId, end);
    else dropUnmatched(execution.sweep, end);
    const namesAnother = event.facts.startedId !== undefined;
    if (kind.family === 'custom' || namesAnother) {
      asMark(execution, event);
      return;
    }
    const operation = createOperation(execution, event.facts.id, kind);
    operation.ends.push(event);
    operationCount++;
    showOperation(operation, event, placing);
  }

  function asMark(execution: Execution<D>, event: ArrivedEvent<D>): void {
    const { parentId } = event.facts;
    const named: Node<D> | undefined =
      parentId === undefined ? undefined : (execution.operations.get(parentId) ?? recallAncestor(execution, parentId));
    const place = named ?? placeOfMark(execution, event.facts);
    if (place === undefined) leaveOver(execution, event, 'unplaced');
    else addMark(execution, place, event, placing);
    dropIfEmpty(execution);
  }

  function settle(operation: Operation<D>): void {
    const { execution } = operation;
    sweepUpTo(execution.sweep, finishOf(operation, settings).endTime, findings);
    takeLooseMarks(operation);
    takeLoneEnds(operation);
    operation.whyParent = whyParent(operation);
    const ancestor = remember(operation, settings, recallAncestor);
    if (!isTransparent(operation)) {
      step.operations.push(finish(operation, settings, linksOf(operation), recallAncestor));
    }
    passOnUpwards(operation, finishOf(operation, settings).endTime);
    operation.settled = true;
    for (const event of eventsOf(operation)) {
      if (event.facts.id !== operation.id) letGo(execution, event);
    }
    keepAncestor(operation, encodeAncestor(ancestor));
    leave(operation);
  }

  /** Marks that name no parent wait for the operation that they belong to, however soon it settles. */
  function takeLooseMarks(operation: Operation<D>): void {
    for (const mark of operation.execution.looseMarks) {
      const { callId, parentId } = mark.event.facts;
      if (parentId !== undefined || callId !== undefined || mark.event.facts.role.is === 'chunk') continue;
      if (placeOfMark(operation.execution, mark.event.facts) !== operation) continue;
      forget(mark);
      mark.due = Number.POSITIVE_INFINITY;
      addMark(operation.execution, operation, mark.event, placing);
    }
  }

  /** Custom events that look like an end and stand alone are marks, on the operation that they name. */
  function takeLoneEnds(operation: Operation<D>): void {
    const { execution } = operation;
    for (const end of execution.loneEnds) {
      const { parentId } = end.event.facts;
      const named = parentId === undefined ? undefined : execution.operations.get(parentId);
      if (named === undefined || visible(execution, named, recallAncestor) !== operation) continue;
      giveUpEnd(end);
    }
  }

  function keepAncestor(operation: Operation<D>, bytes: Uint8Array): void {
    const { execution, id, start } = operation;
    const { source, executionId } = execution;
    const lead = start ?? endOf(operation);
    if (lead?.facts.id === id) letGo(execution, lead, bytes);
    else step.skeletons.push({ execution: { source, executionId }, eventId: id, operation: bytes });
    const pause = operation.flowId === undefined ? undefined : pauses.get(`${source}\n${operation.flowId}`);
    if (pause?.operationId === id && operation.flowId !== undefined) {
      step.skeletons.push({ ...pauseKey(source, operation.flowId), operation: encodePause(pause) });
    }
  }

  function leave(operation: Operation<D>): void {
    const { execution } = operation;
    execution.operations.delete(operation.id);
    operationCount--;
    const callId = operation.start?.facts.callId;
    if (callId !== undefined && execution.calls.get(callId) === operation) {
      execution.calls.delete(callId);
      rememberCall(execution, callId);
    }
    moveOver(execution.sweep, operation);
    runs.left(operation);
    for (const end of operation.ends) {
      execution.inferredEnds.delete(end.facts.id);
      if (end.facts.previousId !== undefined) execution.endsAwaited.delete(end.facts.previousId);
    }
    const above = leaveChildren(operation);
    if (above !== undefined) placing.review(above);
    dropIfEmpty(execution);
  }

  function dropIfEmpty(execution: Execution<D>): void {
    if (execution.seen.size === 0) executions.delete(`${execution.source}\n${execution.executionId}`);
  }

  function linksOf(operation: Operation<D>): readonly OperationLink[] {
    return [...linkToPause(operation), ...(operation.root === operation ? linkToOuterRun(operation) : [])];
  }

  /** Whether the outer operation was open then is known only once its execution was gone through so far. */
  function linkToOuterRun(run: Operation<D>): readonly OperationLink[] {
    if (run.outer === undefined) return [];
    sweepUpTo(run.outer.execution.sweep, intervalOf(run).from, findings);
    const link = linkToOuter(run, recallAncestor);
    return link === undefined ? [] : [link];
  }

  /** A flow that goes on after a pause is linked to the segment that it left. */
  function linkToPause(operation: Operation<D>): readonly OperationLink[] {
    const { execution, flowId, kind } = operation;
    if (kind.family !== 'flow' || flowId === undefined) return [];
    const { execution: key, eventId } = pauseKey(execution.source, flowId);
    const pause = pauses.get(`${execution.source}\n${flowId}`) ?? decodePause(recall(key, eventId));
    if (pause === undefined || pause.operationId === operation.id) return [];
    if (pause.time > finishOf(operation, settings).startTime) return [];
    return [{ reason: 'resumed', executionId: pause.executionId, operationId: pause.operationId }];
  }

  return {
    add,
    advance,
    knows(key, eventId) {
      const execution = executions.get(`${key.source}\n${key.executionId}`);
      if (execution?.seen.has(eventId)) return true;
      const skeleton = recall(key, eventId);
      return skeleton !== undefined && decodeAncestor(skeleton)?.startMissing !== true;
    },
    next: () => (step.skeletons.length > 0 || step.released.size > 0 ? Number.NEGATIVE_INFINITY : schedule.next()),
    open: () => ({ executions: executions.size, operations: operationCount }),
  };
}

interface Step<D> {
  readonly operations: SettledOperation<D>[];
  readonly skeletons: Skeleton[];
  readonly released: Set<Position>;
  readonly leftovers: Leftover[];
}

function emptyStep<D>(): Step<D> {
  return { operations: [], skeletons: [], released: new Set(), leftovers: [] };
}

/** By what assembly reads of it. Two contents that differ elsewhere are told apart by none of its decisions. */
function isSameEvent(a: EventFacts, b: EventFacts): boolean {
  return a.type === b.type && a.time === b.time && a.parentId === b.parentId && a.startedId === b.startedId;
}

function timeOf(item: Item<unknown>): number {
  return item.is === 'operation' ? (leadOf(item)?.facts.time ?? 0) : item.event.facts.time;
}

/** Calls that are over stay known for so long that a second end is not taken for that of another. */
const MAX_CALLS_OVER = 256;

function rememberCall({ callsOver }: Execution<unknown>, callId: string): void {
  callsOver.add(callId);
  for (const oldest of callsOver) {
    if (callsOver.size <= MAX_CALLS_OVER) return;
    callsOver.delete(oldest);
  }
}

function whyParent(operation: Operation<unknown>): readonly string[] {
  const { parentCertainty, parent, isWitnessed } = operation;
  if (parentCertainty !== 'inferred' || parent?.is !== 'operation') return [];
  return isWitnessed ? ['that one ended right after it'] : reasonsForParent(operation, parent);
}

function removeFrom<K, T>(awaited: Map<K, Set<T>>, key: K, item: T): void {
  const items = awaited.get(key);
  items?.delete(item);
  if (items?.size === 0) awaited.delete(key);
}
