/**
 * Assembles operations from events, execution by execution. Pure: no I/O, no timers, no randomness; the clock comes in
 * as a value. The trace is a function of the set of events: any order, batching and repetition gives the same
 * operations, as long as an event comes before what it belongs to has settled.
 */
import type { EventFacts } from '../crewai/facts.ts';
import type { ExecutionKey, Skeleton } from '../journal/journal.ts';
import { createDeciding } from './deciding.ts';
import { createExecution, createOperation } from './execution.ts';
import { eventsOf, finish, finishOf, passOnUpwards, remember } from './finishing.ts';
import { endedRightBefore, hearChild } from './inference/evidence.ts';
import { mayTakeMark, placeOfMark } from './inference/marks.ts';
import { reasonsForParent } from './inference/nesting.ts';
import { dropUnmatched, moveOver, sweepUpTo } from './inference/sweep.ts';
import { type AssemblyStep, createLedger } from './ledger.ts';
import { findNode, leaveChildren, type Recall, visible } from './lineage.ts';
import {
  type ArrivedEvent,
  compareOperations,
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
import { createPauses } from './pauses.ts';
import { addMark, type Placing, place, removeFrom, showOperation } from './placing.ts';
import { createRuns, linkToOuter } from './runs.ts';
import { createSchedule } from './schedule.ts';
import type { AssemblySettings } from './settings.ts';
import type { OperationLink } from './settled.ts';
import { decodeAncestor, encodeAncestor } from './skeletons.ts';
import { dueOf } from './timing.ts';

/** What became of an event that was handed in. */
export type Addition =
  | 'added'
  /** Known already: the same event once more. */
  | 'repeated'
  /** Its id is known with another content; the first stands. */
  | 'conflicting';

export interface Assembly<D> {
  /** Takes an event, once it is durable. */
  add(source: string, event: ArrivedEvent<D>): Addition;
  /** What adding the event would answer if an event of its id was taken before; `undefined` if none was. */
  recognise(source: string, facts: EventFacts): Exclude<Addition, 'added'> | undefined;
  /** Lets go of all that has settled by `now` (milliseconds by the clock of arrival); `undefined` where nothing has. */
  advance(now: number): AssemblyStep<D> | undefined;
  /** When `advance` may next have something to do; `undefined` while nothing is in flight. */
  next(): number | undefined;
  /** Whether anything of an execution is in flight. */
  holds(key: ExecutionKey): boolean;
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
  const ledger = createLedger<D>();
  const pauses = createPauses<D>(recall);
  const runs = createRuns<D>(run => placing.review(run));
  const recallAncestor: Recall = (execution, id) => decodeAncestor(recall(execution, id));

  const placing: Placing<D> = {
    recall: recallAncestor,
    review: item => schedule.set(item, dueOf(item, settings)),
    shown: operation => runs.shown(operation),
    parentMissing: (operation, parentId) => runs.seek(operation, parentId),
    nested(operation) {
      // What was said inside it could not be heard around it before.
      if (isTransparent(operation)) for (const child of operation.children ?? []) placing.nested(child);
      const agent = hearChild(operation, recallAncestor);
      if (agent?.parentCertainty === 'inferred' && agent.root !== undefined) deciding.reconsider(agent);
    },
    ended(operation, end) {
      pauses.note(operation, end);
      const inside = endedRightBefore(operation, end, settings);
      if (inside !== undefined) deciding.moveInto(inside, operation);
      if (operation.root === operation && operation.ends.length === 1) reviewOpen(operation.execution);
    },
    late: (execution, event) => ledger.leaveOver(execution, event, 'late'),
  };
  const deciding = createDeciding(settings, placing);

  /** The run is over: what it left open is waited for no longer than `idle`. */
  function reviewOpen(execution: Execution<D>): void {
    for (const operation of execution.operations.values())
      if (endOf(operation) === undefined) placing.review(operation);
  }

  function executionOf(source: string, executionId: string): Execution<D> {
    const key = keyOf(source, executionId);
    const known = executions.get(key);
    if (known !== undefined) return known;
    const execution = createExecution<D>(source, executionId);
    executions.set(key, execution);
    return execution;
  }

  function recognise(source: string, facts: EventFacts): Exclude<Addition, 'added'> | undefined {
    const { executionId, id } = facts;
    const before = executions.get(keyOf(source, executionId))?.seen.get(id);
    if (before !== undefined) return isSameEvent(before, facts) ? 'repeated' : 'conflicting';
    if (ledger.hasLetGo(source, executionId, id)) return 'repeated';
    const skeleton = recall({ source, executionId }, id);
    return skeleton === undefined || isOwnStartMissing(skeleton, facts) ? undefined : 'repeated';
  }

  function add(source: string, event: ArrivedEvent<D>): Addition {
    const { facts } = event;
    const recognised = recognise(source, facts);
    if (recognised !== undefined) {
      ledger.passOver(event);
      return recognised;
    }
    const execution = executionOf(source, facts.executionId);
    execution.seen.set(facts.id, facts);
    ledger.hold(event);
    const ancestor = recallAncestor(execution, facts.id);
    // Only a start that comes after its operation was finished without it gets here with a skeleton: that stays.
    if (ancestor !== undefined) {
      ledger.leaveOver(execution, event, 'late', encodeAncestor({ ...ancestor, startMissing: false }));
    } else place(execution, event, placing);
    dropIfEmpty(execution);
    return 'added';
  }

  function advance(now: number): AssemblyStep<D> | undefined {
    pauses.forgetHandedOut();
    for (let due = takeDue(now); due.length > 0; due = takeDue(now)) attend(due, now);
    return ledger.take();
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

  /**
   * What ids leave open is decided before anything is finished: what goes must not be missing as a place for what
   * stays. In order of events, whatever the order of arrival was.
   */
  function attend(due: readonly Item<D>[], now: number): void {
    const operations = due.filter(item => item.is === 'operation').sort(compareOperations);
    const isDue = (item: Item<D>): boolean => dueOf(item, settings) <= now;
    for (const item of due) sweepUpTo(item.execution.sweep, timeOf(item), deciding.findings);
    for (const item of due) if (item.is === 'end') attendEnd(item, isDue(item));
    for (const one of operations) if (one.root === undefined && isDue(one)) deciding.settleForLess(one);
    for (const item of due) if (item.is === 'mark') attendMark(item, now);
    for (const one of operations) {
      if (!isDue(one)) placing.review(one);
      else if (one.root !== undefined) settle(one);
    }
  }

  function attendMark(mark: LooseMark<D>, now: number): void {
    if (mark.done) return;
    const { execution, event } = mark;
    const around = placeOfMark(execution, event.facts);
    const patience = event.arrived + settings.idleMs;
    if (around === undefined && patience > now) {
      schedule.set(mark, patience);
      return;
    }
    forget(mark);
    if (around === undefined || event.facts.role.is === 'chunk') ledger.leaveOver(execution, event, 'unplaced');
    else addMark(execution, around, event, placing);
    dropIfEmpty(execution);
  }

  function forget(mark: LooseMark<D>): void {
    const { execution, event } = mark;
    mark.done = true;
    execution.looseMarks.delete(mark);
    if (event.facts.callId !== undefined) removeFrom(execution.callsAwaited, event.facts.callId, mark);
    if (event.facts.parentId !== undefined) removeFrom(execution.parentsAwaited, event.facts.parentId, mark);
  }

  function attendEnd(end: LooseEnd<D>, isDue: boolean): void {
    if (end.done) return;
    if (isDue) giveUp(end);
    else placing.review(end);
  }

  /**
   * No start came for an end. A custom event that merely looks like an end stands alone: it is a mark. So is an end
   * that names another operation's start. Any other is an operation without a start.
   */
  function giveUp(end: LooseEnd<D>): void {
    const { execution, event, kind } = end;
    end.done = true;
    execution.loneEnds.delete(end);
    if (event.facts.callId !== undefined) removeFrom(execution.callsAwaited, event.facts.callId, end);
    else dropUnmatched(execution.sweep, end);
    const namesAnother = event.facts.startedId !== undefined;
    if (kind.family === 'custom' || namesAnother) {
      makeMark(execution, event);
      return;
    }
    const operation = createOperation(execution, event.facts.id, kind);
    operation.ends.push(event);
    showOperation(operation, event, placing);
  }

  function makeMark(execution: Execution<D>, event: ArrivedEvent<D>): void {
    const { parentId } = event.facts;
    const named = parentId === undefined ? undefined : findNode(execution, parentId, recallAncestor);
    const around = named ?? placeOfMark(execution, event.facts);
    if (around === undefined) ledger.leaveOver(execution, event, 'unplaced');
    else addMark(execution, around, event, placing);
    dropIfEmpty(execution);
  }

  function settle(operation: Operation<D>): void {
    const { execution } = operation;
    sweepUpTo(execution.sweep, finishOf(operation, settings).endTime, deciding.findings);
    takeLooseMarks(operation);
    takeLoneEnds(operation);
    operation.whyParent = whyParent(operation);
    const ancestor = encodeAncestor(remember(operation, settings, recallAncestor));
    if (!isTransparent(operation)) ledger.settled(finish(operation, settings, linksOf(operation), recallAncestor));
    passOnUpwards(operation, finishOf(operation, settings).endTime);
    operation.settled = true;
    keep(operation, ancestor);
    leave(operation);
  }

  /** Marks that name no parent wait for the operation that they belong to, however soon it settles. */
  function takeLooseMarks(operation: Operation<D>): void {
    for (const mark of operation.execution.looseMarks) {
      const { callId, parentId, role } = mark.event.facts;
      const waitsForParent = parentId !== undefined && settings.subscribed === undefined;
      if (waitsForParent || callId !== undefined || role.is === 'chunk') continue;
      if (!mayTakeMark(operation, mark.event.facts)) continue;
      if (placeOfMark(operation.execution, mark.event.facts) !== operation) continue;
      forget(mark);
      addMark(operation.execution, operation, mark.event, placing);
    }
  }

  /** Custom events that look like an end and stand alone are marks, on the operation that they name. */
  function takeLoneEnds(operation: Operation<D>): void {
    const { execution } = operation;
    for (const end of execution.loneEnds) {
      const { parentId } = end.event.facts;
      const named = parentId === undefined ? undefined : execution.operations.get(parentId);
      if (named !== undefined && visible(execution, named, recallAncestor) === operation) giveUp(end);
    }
  }

  /** Its events are let go; what children that are still to come will need is kept under its id. */
  function keep(operation: Operation<D>, ancestor: Uint8Array): void {
    const { execution, id } = operation;
    const { source, executionId } = execution;
    const events = eventsOf(operation);
    for (const event of events) ledger.letGo(execution, event, event.facts.id === id ? ancestor : undefined);
    if (!events.some(event => event.facts.id === id)) {
      ledger.keep({ execution: { source, executionId }, eventId: id, operation: ancestor });
    }
    const pause = pauses.skeletonOf(operation);
    if (pause !== undefined) ledger.keep(pause);
  }

  function leave(operation: Operation<D>): void {
    const { execution } = operation;
    execution.operations.delete(operation.id);
    schedule.drop(operation);
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
    const { source, executionId, seen } = execution;
    if (seen.size === 0 && executions.delete(keyOf(source, executionId))) ledger.left(execution);
  }

  function linksOf(operation: Operation<D>): readonly OperationLink[] {
    const { startTime } = finishOf(operation, settings);
    const links = [pauses.linkFrom(operation, startTime), linkToOuterRun(operation)];
    return links.filter(link => link !== undefined);
  }

  /** Whether the outer operation was open then is known only once its execution was gone through so far. */
  function linkToOuterRun(run: Operation<D>): OperationLink | undefined {
    if (run.outer === undefined || run.root !== run) return undefined;
    sweepUpTo(run.outer.execution.sweep, intervalOf(run).from, deciding.findings);
    return linkToOuter(run, recallAncestor);
  }

  function countOperations(): number {
    let count = 0;
    for (const { operations } of executions.values()) count += operations.size;
    return count;
  }

  return {
    add,
    advance,
    recognise,
    next: () => (ledger.isEmpty() ? schedule.next() : Number.NEGATIVE_INFINITY),
    holds: ({ source, executionId }) => executions.has(keyOf(source, executionId)),
    open: () => ({ executions: executions.size, operations: countOperations() }),
  };
}

function keyOf(source: string, executionId: string): string {
  return `${source}\n${executionId}`;
}

/** By what assembly reads of it. Two contents that differ elsewhere are told apart by none of its decisions. */
function isSameEvent(a: EventFacts, b: EventFacts): boolean {
  return a.type === b.type && a.time === b.time && a.parentId === b.parentId && a.startedId === b.startedId;
}

/** The start of an operation that was finished without one is late; it is no repeat of the end that stood for it. */
function isOwnStartMissing(skeleton: Skeleton, facts: EventFacts): boolean {
  return facts.role.is === 'start' && decodeAncestor(skeleton)?.startMissing === true;
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
