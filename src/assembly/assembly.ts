/**
 * Assembles operations from events, execution by execution. Pure: no I/O, no timers, no randomness; the clock comes in
 * as a value. The trace is a function of the set of events: any order, batching and repetition gives the same
 * operations, as long as an event comes before what it belongs to has settled.
 *
 * An event goes through these folders: `executions` finds its execution, on the heap or at rest; `placing` puts it where
 * its ids say; `inference` finds out what ids leave open; `settling` lets go of what is finished; `keeping` knows which
 * events are in hand, and what is left of those that were let go. They all work on what operation.ts describes, tied
 * together in lineage.ts and held in `collections`.
 */
import type { EventFacts } from '../crewai/facts.ts';
import type { ExecutionKey } from '../journal/journal.ts';
import { createAttending } from './attending.ts';
import { countOf, each } from './collections/few.ts';
import { createSchedule } from './collections/schedule.ts';
import type { Dormant } from './executions/dormant.ts';
import { createExecutions, type OpenWork } from './executions/executions.ts';
import { createRereading, type RereadingParts } from './executions/rereading.ts';
import { liveBelow } from './holding.ts';
import { hearChild } from './inference/evidence.ts';
import { insideOf } from './keeping/inside.ts';
import { type AssemblyStep, createLedger } from './keeping/ledger.ts';
import { createRecognition, type Known, type RecallSkeleton } from './keeping/recognition.ts';
import { encodeAncestor } from './keeping/skeletons.ts';
import {
  type Ancestor,
  type ArrivedEvent,
  type Execution,
  type Item,
  isTransparent,
  type Operation,
} from './operation.ts';
import { createPauses } from './pauses.ts';
import { createDeciding } from './placing/deciding.ts';
import { place } from './placing/place.ts';
import type { Placing } from './placing/placing.ts';
import { createRuns } from './runs.ts';
import type { AssemblySettings } from './settings.ts';
import { createLoose } from './settling/loose.ts';
import { createSettling } from './settling/settling.ts';
import { dueOf } from './timing.ts';

/** What became of an event that was handed in. */
export type Addition = 'added' | Known;

export interface Assembly<D> {
  /** Takes an event, once it is durable. `isReplayed`: it was taken before, in an earlier life of the process. */
  add(source: string, event: ArrivedEvent<D>, isReplayed?: boolean): Addition;
  /** What adding the event would answer if an event of its id was taken before; `undefined` if none was. */
  recognise(source: string, facts: EventFacts): Known | undefined;
  /**
   * Lets go of all that has settled by `now` (milliseconds by the clock of arrival); `undefined` where nothing has. What
   * the step before handed out must be durable by then. What there is no time for, by `mayGoOn`, is left for the next.
   */
  advance(now: number, mayGoOn?: () => boolean): AssemblyStep<D> | undefined;
  /** What was handed out is durable: from now on only the journal knows of it, and may forget it. */
  forgetHandedOut(): void;
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
  readonly recall: RecallSkeleton;
  /** Whether there may be any to recall of an execution. */
  readonly knows: (key: ExecutionKey) => boolean;
  /** Reads back what is durable of an operation that goes on. */
  readonly recallOpen: RereadingParts<D>['recallOpen'];
  /** Reads again the events of an execution that came in one body, to take them up where they were put away. */
  readonly reread: RereadingParts<D>['reread'];
}

export function createAssembly<D>({ settings, nothing, ...durable }: AssemblyOptions<D>): Assembly<D> {
  const schedule = createSchedule<Item<D> | Dormant>();
  const ledger = createLedger<D>(nothing);
  const recognition = createRecognition(ledger, durable.recall);
  const pauses = createPauses<D>(recognition.skeleton);
  const runs = createRuns<D>({ found: run => placing.review(run), wake: dormant => executions.wake(dormant) });
  const executions = createExecutions<D>({
    settings,
    schedule,
    ledger,
    knows: key => ledger.mayKeep(key) || durable.knows(key),
    isBound: operation => operation.outer !== undefined || pauses.holds(operation),
    resting: runs.rested,
    readAgain: (execution, dormant) => rereading.wake(execution, dormant),
  });

  const placing: Placing<D> = {
    recall: recognition.ancestor,
    review: item => schedule.set(item, dueOf(item, settings)),
    over: schedule.drop,
    isCallOver: recognition.isCallOver,
    shown(operation) {
      rereading.shown(operation);
      runs.shown(operation);
    },
    parentMissing: (operation, parentId) => runs.seek(operation, parentId),
    nested(operation) {
      // What was said inside it could not be heard around it before.
      if (isTransparent(operation)) for (const child of each(operation.children)) placing.nested(child);
      const agent = hearChild(operation, recognition.ancestor);
      if (agent?.parentCertainty === 'inferred' && agent.root !== undefined) deciding.reconsider(agent);
    },
    aroundSettled(operation) {
      insideOf(operation);
      ledger.changed(operation);
    },
    ended(operation, end) {
      pauses.note(operation, end);
      deciding.ended(operation, end);
      if (operation.root === operation && operation.otherEnds === undefined) reviewOpen(operation);
    },
    late: (execution, event) => ledger.leaveOver(execution, event, 'late'),
  };
  const deciding = createDeciding(settings, placing);
  const rereading = createRereading<D>({ ...durable, ledger, recognition, placing, dropIfEmpty });
  const loose = createLoose<D>({ settings, schedule, ledger, placing, dropIfEmpty });
  const { findings } = deciding;
  const settle = createSettling<D>({ settings, schedule, ledger, placing, findings, loose, pauses, runs, dropIfEmpty });
  const attending = createAttending<D>({ settings, schedule, executions, placing, deciding, loose, settle });

  /** The run is over: what it left open is waited for no longer than `idle`. */
  function reviewOpen(root: Operation<D>): void {
    for (const operation of liveBelow(root)) if (operation.end === undefined) placing.review(operation);
  }

  function add(source: string, event: ArrivedEvent<D>, isReplayed = false): Addition {
    const { facts } = event;
    const { executionId } = facts;
    const inFlight = executions.find(source, executionId);
    const known = recognition.recognise(inFlight, source, facts);
    if (typeof known === 'string') {
      ledger.passOver(event);
      return known;
    }
    const execution = inFlight ?? executions.begin(source, executionId);
    executions.touch(execution, event.arrived);
    ledger.hold(execution, event);
    if (known !== undefined) leaveLate(execution, event, known);
    else if (isReplayed) rereading.replay(execution, event);
    else place(execution, event, placing);
    dropIfEmpty(execution);
    return 'added';
  }

  /** The start of an operation that was finished without it: from now on it is known. */
  function leaveLate(execution: Execution<D>, event: ArrivedEvent<D>, operation: Ancestor): void {
    ledger.leaveOver(execution, event, 'late', encodeAncestor({ ...operation, startMissing: false }));
  }

  function dropIfEmpty(execution: Execution<D>): void {
    if (countOf(execution.seen) === 0 && executions.drop(execution)) ledger.left(execution);
  }

  function forgetHandedOut(): void {
    pauses.forgetHandedOut();
    ledger.forgetHandedOut();
  }

  /** What has been begun has to stay on the heap until it is finished. */
  function rest(now: number): void {
    if (!attending.isBehind()) executions.rest(now);
  }

  return {
    add,
    recognise(source, facts) {
      const known = recognition.recognise(executions.find(source, facts.executionId), source, facts);
      return typeof known === 'string' ? known : undefined;
    },
    advance(now, mayGoOn = () => true) {
      forgetHandedOut();
      attending.attend(now, mayGoOn);
      rest(now);
      return ledger.take();
    },
    forgetHandedOut,
    rest,
    next() {
      if (!ledger.isEmpty() || attending.isBehind()) return Number.NEGATIVE_INFINITY;
      const due = schedule.next();
      const rest = executions.nextRest();
      return due === undefined || (rest !== undefined && rest < due) ? rest : due;
    },
    holds: ({ source, executionId }) => executions.has(source, executionId),
    open: executions.open,
    weight: () => ledger.weight,
  };
}
