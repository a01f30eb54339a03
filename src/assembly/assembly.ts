/**
 * Assembles operations from events, execution by execution. Pure: no I/O, no timers, no randomness; the clock comes in
 * as a value. The trace is a function of the set of events: any order, batching and repetition gives the same
 * operations, as long as an event comes before what it belongs to has settled.
 */
import type { EventFacts } from '../crewai/facts.ts';
import type { ExecutionKey, Position, Skeleton } from '../journal/journal.ts';
import { createDeciding } from './deciding.ts';
import type { Dormant } from './dormant.ts';
import { createOperation } from './execution.ts';
import { createExecutions, type OpenWork } from './executions.ts';
import { eventsOf, finish, finishOf, passOnUpwards, remember } from './finishing.ts';
import { endedRightBefore, hearChild } from './inference/evidence.ts';
import { mayTakeMark, placeOfMark } from './inference/marks.ts';
import { reasonsForParent } from './inference/nesting.ts';
import { dropUnmatched, moveOver, sweepUpTo } from './inference/sweep.ts';
import { restoreInside } from './inside.ts';
import { type AssemblyStep, createLedger } from './ledger.ts';
import { findNode, leaveChildren, type Recall, visible } from './lineage.ts';
import {
  type Ancestor,
  type ArrivedEvent,
  claimEnd,
  compareOperations,
  type Execution,
  endsOf,
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
import { callKey, decodeAncestor, encodeAncestor } from './skeletons.ts';
import { dueOf } from './timing.ts';

/** What became of an event that was handed in. */
export type Addition =
  | 'added'
  /** Known already: the same event once more. */
  | 'repeated'
  /** Its id is known with another content; the first stands. */
  | 'conflicting';

export interface Assembly<D> {
  /** Takes an event, once it is durable. `isReplayed`: it was taken before, in an earlier life of the process. */
  add(source: string, event: ArrivedEvent<D>, isReplayed?: boolean): Addition;
  /** What adding the event would answer if an event of its id was taken before; `undefined` if none was. */
  recognise(source: string, facts: EventFacts): Exclude<Addition, 'added'> | undefined;
  /**
   * Lets go of all that has settled by `now` (milliseconds by the clock of arrival); `undefined` where nothing has. What
   * the step before handed out must be durable by then.
   */
  advance(now: number): AssemblyStep<D> | undefined;
  /** Lets executions leave the heap as `advance` does, where nothing may settle yet. */
  rest(now: number): void;
  /** When `advance` may next have something to do; `undefined` while nothing is in flight. */
  next(): number | undefined;
  /** Whether anything of an execution is in flight. */
  holds(key: ExecutionKey): boolean;
  /** What is in flight. */
  open(): OpenWork;
  /** About how much of the heap the events in hand take up, in bytes. */
  weight(): number;
}

export interface AssemblyOptions<D> {
  readonly settings: AssemblySettings;
  /** Reads back a skeleton that is durable. */
  readonly recall: (key: ExecutionKey, eventId: string) => Skeleton | undefined;
  /** Whether there may be any to recall of an execution. */
  readonly knows: (key: ExecutionKey) => boolean;
  /** The same of an operation that goes on. */
  readonly recallOpen: (key: ExecutionKey, operationId: string) => Uint8Array | undefined;
  /** Reads again the events of an execution that came in one body, to take them up where they were put away. */
  readonly reread: (key: ExecutionKey, position: Position) => readonly RereadEvent<D>[];
}

export type RereadEvent<D> = Pick<ArrivedEvent<D>, 'facts' | 'detail' | 'weight'>;

export function createAssembly<D>({ settings, reread, ...options }: AssemblyOptions<D>): Assembly<D> {
  const schedule = createSchedule<Item<D> | Dormant>();
  const ledger = createLedger<D>();
  const recall = (key: ExecutionKey & { readonly isFresh?: boolean }, eventId: string): Skeleton | undefined =>
    key.isFresh ? undefined : (ledger.kept(key, eventId) ?? options.recall(key, eventId));
  const pauses = createPauses<D>(recall);
  const runs = createRuns<D>({ found: run => placing.review(run), wake: dormant => void executions.wake(dormant) });
  const executions = createExecutions<D>({
    settings,
    schedule,
    ledger,
    knows: key => ledger.keepsAny(key) || options.knows(key),
    isBound: operation => operation.outer !== undefined || pauses.holds(operation),
    resting: runs.rested,
    readAgain,
  });
  /** While events are read again: by the clock of arrival, milliseconds, when the last of their execution came. */
  let rereading: number | undefined;
  const recallAncestor: Recall = (execution, id) => decodeAncestor(recall(execution, id));

  const placing: Placing<D> = {
    recall: recallAncestor,
    review: item => schedule.set(item, dueOf(item, settings)),
    isCallOver: (execution, callId) => recall(execution, callKey(callId)) !== undefined,
    shown(operation) {
      if (rereading !== undefined) recallInside(operation, rereading);
      runs.shown(operation);
    },
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
      if (operation.root === operation && operation.otherEnds === undefined) reviewOpen(operation.execution);
    },
    late: (execution, event) => ledger.leaveOver(execution, event, 'late'),
  };
  const deciding = createDeciding(settings, placing);

  /** The run is over: what it left open is waited for no longer than `idle`. */
  function reviewOpen(execution: Execution<D>): void {
    for (const operation of execution.operations.values()) if (operation.end === undefined) placing.review(operation);
  }

  function recognise(source: string, facts: EventFacts): Exclude<Addition, 'added'> | undefined {
    const { executionId } = facts;
    const known = whatIsKnown(executions.find(source, executionId) ?? { source, executionId }, facts);
    return typeof known === 'string' ? known : undefined;
  }

  /** What is known of an event by its id. An ancestor: the event is the start that its operation was finished without. */
  function whatIsKnown(
    execution: Execution<D> | ExecutionKey,
    facts: EventFacts,
  ): Exclude<Addition, 'added'> | Ancestor | undefined {
    const before = 'seen' in execution ? execution.seen.get(facts.id) : undefined;
    if (before !== undefined) return isSameEvent(before.facts, facts) ? 'repeated' : 'conflicting';
    const skeleton = recall(execution, facts.id);
    if (skeleton === undefined) return undefined;
    const ancestor = facts.role.is === 'start' ? decodeAncestor(skeleton) : undefined;
    return ancestor?.startMissing ? ancestor : 'repeated';
  }

  function add(source: string, event: ArrivedEvent<D>, isReplayed = false): Addition {
    const { facts } = event;
    const { executionId } = facts;
    const inFlight = executions.find(source, executionId);
    const known = whatIsKnown(inFlight ?? { source, executionId }, facts);
    if (typeof known === 'string') {
      ledger.passOver(event);
      return known;
    }
    const execution = inFlight ?? executions.begin(source, executionId);
    executions.touch(execution, event.arrived);
    ledger.hold(execution, event);
    if (known !== undefined) leaveLate(execution, event, known);
    else if (isReplayed) whileRereading(event.arrived, () => place(execution, event, placing));
    else place(execution, event, placing);
    dropIfEmpty(execution);
    return 'added';
  }

  /** The start of an operation that was finished without it: from now on it is known. */
  function leaveLate(execution: Execution<D>, event: ArrivedEvent<D>, operation: Ancestor): void {
    ledger.leaveOver(execution, event, 'late', encodeAncestor({ ...operation, startMissing: false }));
  }

  function whileRereading(lastArrived: number, work: () => void): void {
    const outside = rereading;
    rereading = lastArrived;
    work();
    rereading = outside;
  }

  /** An execution comes back to the heap: its events are placed as they were when they came. */
  function readAgain(execution: Execution<D>, { bodies, touched, settledParents }: Dormant): void {
    whileRereading(touched, () => {
      for (const { position, arrived } of bodies) {
        for (const event of reread(execution, position)) takeUp(execution, { ...event, position, arrived });
      }
    });
    for (const [id, parentId] of settledParents) {
      const operation = execution.operations.get(id);
      const parent = recallAncestor(execution, parentId);
      if (operation !== undefined && parent !== undefined) deciding.putBack(operation, parent);
    }
    dropIfEmpty(execution);
  }

  function takeUp(execution: Execution<D>, event: ArrivedEvent<D>): void {
    const { facts } = event;
    if (typeof whatIsKnown(execution, facts) === 'string') return;
    ledger.takeUp(execution, event);
    place(execution, event, placing);
  }

  function recallInside(operation: Operation<D>, lastArrived: number): void {
    const { execution, id } = operation;
    const handedOut = ledger.keptOpen(execution, id);
    const content = handedOut === undefined ? options.recallOpen(execution, id) : handedOut.content;
    if (content !== undefined) restoreInside(operation, content, lastArrived);
  }

  function advance(now: number): AssemblyStep<D> | undefined {
    pauses.forgetHandedOut();
    for (let due = takeDue(now); due.length > 0; due = takeDue(now)) attend(due, now);
    executions.rest(now);
    return ledger.take();
  }

  function takeDue(now: number): Item<D>[] {
    const items: Item<D>[] = [];
    for (let item = schedule.take(now); item !== undefined; item = schedule.take(now)) {
      if (item.is === 'dormant') {
        executions.wake(item);
        continue;
      }
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
    if (mark.awaits !== undefined) removeFrom(execution.parentsAwaited, mark.awaits, mark);
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
    claimEnd(operation, event);
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
    const times = finishOf(operation, settings);
    const finished = finish(operation, times, linksOf(operation, times.startTime), recallAncestor);
    if (!isTransparent(operation)) ledger.settled(finished);
    passOnUpwards(operation, times.endTime, recallAncestor, ledger.changed);
    ledger.changed(operation);
    operation.settled = true;
    keep(operation, encodeAncestor(remember(operation, finished)));
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
    let isTold = false;
    for (const event of eventsOf(operation)) {
      const isItsOwn = event.facts.id === id;
      ledger.letGo(execution, event, isItsOwn ? ancestor : undefined);
      isTold ||= isItsOwn;
    }
    if (!isTold) ledger.keep({ execution: execution.key, eventId: id, operation: ancestor });
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
      ledger.keep({ execution: execution.key, eventId: callKey(callId) });
    }
    moveOver(execution.sweep, operation);
    runs.left(operation);
    for (const end of endsOf(operation)) {
      execution.inferredEnds.delete(end.facts.id);
      if (end.facts.previousId !== undefined) execution.endsAwaited.delete(end.facts.previousId);
    }
    const above = leaveChildren(operation);
    if (above !== undefined) placing.review(above);
    dropIfEmpty(execution);
  }

  function dropIfEmpty(execution: Execution<D>): void {
    if (execution.seen.size === 0 && executions.drop(execution)) ledger.left(execution);
  }

  function linksOf(operation: Operation<D>, startTime: number): readonly OperationLink[] {
    const links = [pauses.linkFrom(operation, startTime), linkToOuterRun(operation)];
    return links.filter(link => link !== undefined);
  }

  /** Whether the outer operation was open then is known only once its execution was gone through so far. */
  function linkToOuterRun(run: Operation<D>): OperationLink | undefined {
    const outer = run.root === run ? runs.outerOf(run) : undefined;
    if (outer === undefined) return undefined;
    sweepUpTo(outer.execution.sweep, intervalOf(run).from, deciding.findings);
    return linkToOuter(run, outer, recallAncestor);
  }

  function next(): number | undefined {
    if (!ledger.isEmpty()) return Number.NEGATIVE_INFINITY;
    const [due, rest] = [schedule.next(), executions.nextRest()];
    return due === undefined || (rest !== undefined && rest < due) ? rest : due;
  }

  return {
    add,
    advance,
    recognise,
    next,
    rest: executions.rest,
    holds: ({ source, executionId }) => executions.has(source, executionId),
    open: executions.open,
    weight: () => ledger.weight,
  };
}

/** By what assembly reads of it. Two contents that differ elsewhere are told apart by none of its decisions. */
function isSameEvent(a: EventFacts, b: EventFacts): boolean {
  return a.type === b.type && a.time === b.time && a.parentId === b.parentId && a.startedId === b.startedId;
}

function timeOf(item: Item<unknown>): number {
  return item.is === 'operation' ? (leadOf(item)?.facts.time ?? 0) : item.event.facts.time;
}

function whyParent(operation: Operation<unknown>): readonly string[] {
  const { parentCertainty, parent, isWitnessed } = operation;
  if (parentCertainty !== 'inferred' || parent?.is !== 'operation') return [];
  return isWitnessed ? ['that one ended right after it'] : reasonsForParent(operation, parent);
}
