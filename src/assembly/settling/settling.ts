/** Lets go of an operation whose time has come: hands it on, and leaves behind what others will need of it. */
import { endsOf } from '../claims.ts';
import { each, without } from '../collections/few.ts';
import type { Schedule } from '../collections/schedule.ts';
import { leaveChildren } from '../holding.ts';
import { reasonsForParent } from '../inference/nesting.ts';
import { ENDS_AGAIN_WITHIN } from '../inference/pairing.ts';
import { type Findings, moveOver, sweepUpTo } from '../inference/sweep.ts';
import type { Ledger } from '../keeping/ledger.ts';
import { callKey, encodeAncestor } from '../keeping/skeletons.ts';
import {
  callId,
  callOf,
  type Execution,
  intervalOf,
  isTransparent,
  leadOf,
  type Operation,
  operationId,
} from '../operation.ts';
import type { Pauses } from '../pauses.ts';
import type { Placing } from '../placing/placing.ts';
import { linkToOuter, type Runs } from '../runs.ts';
import type { AssemblySettings } from '../settings.ts';
import type { OperationLink } from '../settled.ts';
import { eventsOf, finish, finishOf, remember } from './finishing.ts';
import type { Loose } from './loose.ts';
import { passOnUpwards } from './sums.ts';

export interface SettlingParts<D> {
  readonly settings: AssemblySettings;
  readonly schedule: Pick<Schedule<Operation<D>>, 'drop'>;
  readonly ledger: Ledger<D>;
  readonly placing: Placing<D>;
  readonly findings: Findings<D>;
  readonly loose: Loose<D>;
  readonly pauses: Pauses<D>;
  readonly runs: Runs<D>;
  readonly dropIfEmpty: (execution: Execution<D>) => void;
}

const NO_LINKS: readonly OperationLink[] = [];

/** Answers whether it has settled: what belongs to it is looked for first, as long as `mayGoOn`. */
export type Settle<D> = (operation: Operation<D>, mayGoOn: () => boolean) => boolean;

export function createSettling<D>(parts: SettlingParts<D>): Settle<D> {
  const { settings, schedule, ledger, placing, findings, loose, pauses, runs, dropIfEmpty } = parts;
  const { recall } = placing;

  /** What was said to an operation that has no span, and that nothing with one is around. */
  function leaveMarksOver(operation: Operation<D>): void {
    const { execution, marks = [] } = operation;
    operation.marks = undefined;
    for (const mark of marks) ledger.leaveOver(execution, mark, 'unplaced');
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

  /** What still comes with its `call_id` is late. */
  function forgetCall(operation: Operation<D>): void {
    const { execution, start } = operation;
    const call = leadOf(operation)?.facts.callId;
    if (call === undefined) return;
    const isFoundByIt = callOf(execution, call) === operation;
    if (isFoundByIt) execution.calls = without(execution.calls, call, callId);
    if (isFoundByIt || start === undefined) ledger.keep({ execution: execution.key, eventId: callKey(call) });
  }

  function leave(operation: Operation<D>): void {
    const { execution } = operation;
    execution.operations = without(execution.operations, operation.id, operationId);
    schedule.drop(operation);
    forgetCall(operation);
    moveOver(execution.sweep, operation);
    ledger.weighOver(execution);
    runs.left(operation);
    for (const end of endsOf(operation)) {
      execution.inferredEnds?.delete(end.facts.id);
      if (end.facts.previousId !== undefined) execution.endsAwaited?.delete(end.facts.previousId);
    }
    // It may stay in sight of what comes late, and a call may have streamed thousands of them.
    operation.otherEnds = undefined;
    operation.marks = undefined;
    operation.chunks = undefined;
    for (const child of each(operation.children)) if (standsBy(child, operation)) placing.aroundSettled(child);
    const above = leaveChildren(operation);
    if (above !== undefined) placing.review(above);
    dropIfEmpty(execution);
  }

  function linksOf(operation: Operation<D>, startTime: number): readonly OperationLink[] {
    const resumed = pauses.linkFrom(operation, startTime);
    const outer = linkToOuterRun(operation);
    if (resumed === undefined) return outer === undefined ? NO_LINKS : [outer];
    return outer === undefined ? [resumed] : [resumed, outer];
  }

  /** Whether the outer operation was open then is known only once its execution was gone through so far. */
  function linkToOuterRun(run: Operation<D>): OperationLink | undefined {
    const outer = run.root === run ? runs.outerOf(run) : undefined;
    if (outer === undefined) return undefined;
    sweepUpTo(outer.execution.sweep, intervalOf(run).from, findings);
    return linkToOuter(run, outer, recall);
  }

  /**
   * Brings in what belongs to it and would not find it afterwards, by going on in the order of events to where that may
   * lie: what failed may have ended once more. So its own times may change. Answers whether it got there.
   */
  function gather(operation: Operation<D>, mayGoOn: () => boolean): boolean {
    const { endTime, outcome } = finishOf(operation, settings);
    const until = outcome === 'failed' ? endTime + ENDS_AGAIN_WITHIN : endTime;
    if (!sweepUpTo(operation.execution.sweep, until, findings, mayGoOn)) return false;
    loose.joinBeforeItSettles(operation);
    return true;
  }

  return (operation, mayGoOn) => {
    if (!gather(operation, mayGoOn)) return false;
    const times = finishOf(operation, settings);
    const links = linksOf(operation, times.startTime);
    const finished = finish(operation, { times, links, whyParent: whyParent(operation), recall });
    if (isTransparent(operation)) leaveMarksOver(operation);
    else ledger.settled(finished);
    passOnUpwards(operation, times.endTime, recall, ledger.changed);
    ledger.changed(operation);
    operation.settled = true;
    keep(operation, encodeAncestor(remember(operation, finished)));
    leave(operation);
    return true;
  };
}

/** Whether no id tells that the operation stands in the other one. */
function standsBy(operation: Operation<unknown>, around: Operation<unknown>): boolean {
  const { expected, parent, parentCertainty } = operation;
  return expected === around || (parent === around && parentCertainty === 'inferred');
}

function whyParent(operation: Operation<unknown>): readonly string[] | undefined {
  const { parentCertainty, parent, isWitnessed } = operation;
  if (parentCertainty !== 'inferred' || parent?.is !== 'operation') return undefined;
  return isWitnessed ? ['that one ended right after it'] : reasonsForParent(operation, parent);
}
