/**
 * Assembles operations from events, execution by execution. Pure: no I/O, no timers, no randomness; the clock comes in
 * as a value. The trace is a function of the set of events: any order, batching and repetition gives the same
 * operations, as long as an event comes before what it belongs to has settled.
 */
import type { EventFacts } from '../crewai/facts.ts';
import type { ExecutionKey, Position, Skeleton } from '../journal/journal.ts';
import { createDeciding } from './deciding.ts';
import type { Dormant } from './dormant.ts';
import { createExecutions, type OpenWork } from './executions.ts';
import { countOf, each } from './few.ts';
import { hearChild } from './inference/evidence.ts';
import { sweepUpTo } from './inference/sweep.ts';
import { restoreInside } from './inside.ts';
import { type AssemblyStep, createLedger } from './ledger.ts';
import type { Recall } from './lineage.ts';
import { createLoose } from './loose.ts';
import {
  type Ancestor,
  type ArrivedEvent,
  compareOperations,
  type Execution,
  eventOf,
  type Item,
  isTransparent,
  leadOf,
  type Operation,
  operationOf,
} from './operation.ts';
import { createPauses } from './pauses.ts';
import { place } from './placing/place.ts';
import type { Placing } from './placing/placing.ts';
import { createRuns } from './runs.ts';
import { createSchedule } from './schedule.ts';
import type { AssemblySettings } from './settings.ts';
import { createSettling } from './settling.ts';
import { besideOf, callKey, decodeAncestor, encodeAncestor } from './skeletons.ts';
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
  /** The detail of an event that is needed no more: an operation that has settled stays in sight, its prompts need not. */
  readonly nothing: D;
  /** Reads back a skeleton that is durable. */
  readonly recall: (key: ExecutionKey, eventId: string, beside: string | undefined) => Skeleton | undefined;
  /** Whether there may be any to recall of an execution. */
  readonly knows: (key: ExecutionKey) => boolean;
  /** Reads back what is durable of an operation that goes on. */
  readonly recallOpen: (key: ExecutionKey, operationId: string) => Uint8Array | undefined;
  /** Reads again the events of an execution that came in one body, to take them up where they were put away. */
  readonly reread: (key: ExecutionKey, position: Position) => readonly RereadEvent<D>[];
}

export type RereadEvent<D> = Pick<ArrivedEvent<D>, 'facts' | 'detail' | 'weight'>;

export function createAssembly<D>({ settings, nothing, reread, ...options }: AssemblyOptions<D>): Assembly<D> {
  const schedule = createSchedule<Item<D> | Dormant>();
  const ledger = createLedger<D>(nothing);
  const recall = (key: ExecutionKey, eventId: string, beside?: string): Skeleton | undefined =>
    ledger.kept(key, eventId, beside) ?? options.recall(key, eventId, beside);
  const pauses = createPauses<D>(recall);
  const runs = createRuns<D>({ found: run => placing.review(run), wake: dormant => executions.wake(dormant) });
  const executions = createExecutions<D>({
    settings,
    schedule,
    ledger,
    knows: key => ledger.mayKeep(key) || options.knows(key),
    isBound: operation => operation.outer !== undefined || pauses.holds(operation),
    resting: runs.rested,
    readAgain,
  });
  /** While events are read again: by the clock of arrival, milliseconds, when the last of their execution came. */
  let rereading: number | undefined;
  const recallIn = (execution: Execution<unknown>, id: string): Skeleton | undefined =>
    execution.isFresh ? undefined : recall(execution.key, id);
  const recallAncestor: Recall = (execution, id) => decodeAncestor(recallIn(execution, id));

  const placing: Placing<D> = {
    recall: recallAncestor,
    review: item => schedule.set(item, dueOf(item, settings)),
    over: schedule.drop,
    isCallOver: (execution, callId) => recallIn(execution, callKey(callId)) !== undefined,
    shown(operation) {
      if (rereading !== undefined) recallInside(operation, rereading);
      runs.shown(operation);
    },
    parentMissing: (operation, parentId) => runs.seek(operation, parentId),
    nested(operation) {
      // What was said inside it could not be heard around it before.
      if (isTransparent(operation)) for (const child of each(operation.children)) placing.nested(child);
      const agent = hearChild(operation, recallAncestor);
      if (agent?.parentCertainty === 'inferred' && agent.root !== undefined) deciding.reconsider(agent);
    },
    ended(operation, end) {
      pauses.note(operation, end);
      deciding.ended(operation, end);
      if (operation.root === operation && operation.otherEnds === undefined) reviewOpen(operation.execution);
    },
    late: (execution, event) => ledger.leaveOver(execution, event, 'late'),
  };
  const deciding = createDeciding(settings, placing);
  const loose = createLoose<D>({ settings, schedule, ledger, placing, dropIfEmpty });
  const { findings } = deciding;
  const settle = createSettling<D>({ settings, schedule, ledger, placing, findings, loose, pauses, runs, dropIfEmpty });

  /** The run is over: what it left open is waited for no longer than `idle`. */
  function reviewOpen(execution: Execution<D>): void {
    for (const operation of each(execution.operations)) if (operation.end === undefined) placing.review(operation);
  }

  function recognise(source: string, facts: EventFacts): Exclude<Addition, 'added'> | undefined {
    const { executionId } = facts;
    const known = whatIsKnown(executions.find(source, executionId), source, facts);
    return typeof known === 'string' ? known : undefined;
  }

  /** What is known of an event by its id. An ancestor: the event is the start that its operation was finished without. */
  function whatIsKnown(
    execution: Execution<D> | undefined,
    source: string,
    facts: EventFacts,
  ): Exclude<Addition, 'added'> | Ancestor | undefined {
    const before = execution && eventOf(execution, facts.id);
    if (before !== undefined) return isSameEvent(before.facts, facts) ? 'repeated' : 'conflicting';
    if (execution?.isFresh) return undefined;
    const key = execution?.key ?? { source, executionId: facts.executionId };
    const skeleton = recall(key, facts.id, besideOf(facts));
    if (skeleton === undefined) return undefined;
    const ancestor = facts.role.is === 'start' ? decodeAncestor(skeleton) : undefined;
    return ancestor?.startMissing ? ancestor : 'repeated';
  }

  function add(source: string, event: ArrivedEvent<D>, isReplayed = false): Addition {
    const { facts } = event;
    const { executionId } = facts;
    const inFlight = executions.find(source, executionId);
    const known = whatIsKnown(inFlight, source, facts);
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
      const operation = operationOf(execution, id);
      const parent = recallAncestor(execution, parentId);
      if (operation !== undefined && parent !== undefined) deciding.putBack(operation, parent);
    }
    dropIfEmpty(execution);
  }

  function takeUp(execution: Execution<D>, event: ArrivedEvent<D>): void {
    const { facts } = event;
    if (typeof whatIsKnown(execution, execution.source, facts) === 'string') return;
    ledger.takeUp(execution, event);
    place(execution, event, placing);
  }

  function recallInside(operation: Operation<D>, lastArrived: number): void {
    const { execution, id } = operation;
    const handedOut = ledger.keptOpen(execution.key, id);
    const content = handedOut === undefined ? options.recallOpen(execution.key, id) : handedOut.content;
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
    for (const item of due) sweepUpTo(item.execution.sweep, timeOf(item), findings);
    for (const item of due) if (item.is === 'end') loose.attendEnd(item, isDue(item));
    for (const one of operations) if (one.root === undefined && isDue(one)) deciding.settleForLess(one);
    for (const item of due) if (item.is === 'mark') loose.attendMark(item, now);
    for (const one of operations) {
      if (!isDue(one)) placing.review(one);
      else if (one.root !== undefined) settle(one);
    }
  }

  function dropIfEmpty(execution: Execution<D>): void {
    if (countOf(execution.seen) === 0 && executions.drop(execution)) ledger.left(execution);
  }

  function next(): number | undefined {
    if (!ledger.isEmpty()) return Number.NEGATIVE_INFINITY;
    const due = schedule.next();
    const rest = executions.nextRest();
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
