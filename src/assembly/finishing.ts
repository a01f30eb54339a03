/** Makes of an operation that has settled what is handed on, and what is kept. */
import { type EndOutcome, isAgent } from '../crewai/catalogue.ts';
import type { CallerContext } from '../crewai/trace-context.ts';
import { each } from './few.ts';
import { begunIn, countOne, emptyTally, insideOf } from './inside.ts';
import { above, contextOf, familyOf, isInsideTool, type Node, type Recall, visible } from './lineage.ts';
import { type Ancestor, type ArrivedEvent, isTransparent, type Operation, type RunningTally } from './operation.ts';
import { compareEvents } from './order.ts';
import type { AssemblySettings } from './settings.ts';
import type { OperationLink, Outcome, PlacedEvent, SettledOperation, Tally } from './settled.ts';
import { endMayCome, rootHasEnded } from './timing.ts';

interface Finish {
  readonly startTime: number;
  readonly endTime: number;
  readonly clamped: boolean;
  readonly outcome: Outcome;
}

/** The times and the outcome of an operation, from all that is known of it now. */
export function finishOf<D>(operation: Operation<D>, settings: AssemblySettings): Finish {
  const end = operation.end?.facts;
  const startTime = operation.start?.facts.time ?? (end === undefined ? 0 : end.time - (end.elapsed ?? 0));
  if (end !== undefined && end.role.is === 'end') {
    const clamped = end.time < startTime;
    return {
      startTime,
      endTime: clamped ? startTime : end.time,
      clamped,
      outcome: end.failed ? 'failed' : (end.role.outcome satisfies EndOutcome),
    };
  }
  const unsubscribed = !endMayCome(operation, settings);
  const endTime = unsubscribed ? startTime : Math.max(startTime, lastInside(operation));
  return { startTime, endTime, clamped: false, outcome: unsubscribed ? 'open' : outcomeWithoutEnd(operation) };
}

/**
 * Nothing is wrong with an async sibling that outlives its crew. But where the run did send ends and then fell silent,
 * or ended in failure, what was left open went down with it.
 */
function outcomeWithoutEnd(operation: Operation<unknown>): Outcome {
  if (!rootHasEnded(operation)) return operation.execution.endsSeen ? 'abandoned' : 'open';
  const { root } = operation;
  if (root === undefined) return 'open';
  return (root.is === 'ancestor' ? root.failed : hasFailed(root.end)) ? 'abandoned' : 'open';
}

function hasFailed(end: ArrivedEvent<unknown> | undefined): boolean {
  const facts = end?.facts;
  return facts?.role.is === 'end' && (facts.failed || facts.role.outcome === 'failed');
}

/** The last thing known to have happened inside an operation, below it too. */
function lastInside(operation: Operation<unknown>): number {
  let last = Number.NEGATIVE_INFINITY;
  for (const inside of withLiveBelow(operation)) {
    last = Math.max(last, inside.inside?.lastTime ?? last);
    for (const event of eventsOf(inside)) last = Math.max(last, event.facts.time);
  }
  return last;
}

/** The operation and all below it that have not settled, without recursion. */
function* withLiveBelow<D>(operation: Operation<D>): Generator<Operation<D>> {
  const pending = [operation];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    yield next;
    for (const child of each(next.children)) pending.push(child);
  }
}

export interface FinishParts {
  readonly times: Finish;
  readonly links: readonly OperationLink[];
  /** What spoke for its place, where that was inferred. */
  readonly whyParent: readonly string[] | undefined;
  readonly recall: Recall;
}

export function finish<D>(
  operation: Operation<D>,
  { times, links, whyParent, recall }: FinishParts,
): SettledOperation<D> {
  const { execution, start, end } = operation;
  const parent = visible(execution, operation.parent, recall);
  return {
    source: execution.source,
    executionId: execution.executionId,
    id: operation.id,
    kind: operation.kind,
    start: start && placed(start),
    end: end && placed(end),
    startTime: times.startTime,
    endTime: times.endTime,
    clamped: times.clamped,
    outcome: times.outcome,
    incomplete: start === undefined ? 'no_start' : end === undefined ? 'no_end' : undefined,
    parentId: parent?.id,
    parentCertainty: parent === undefined ? 'root' : certaintyOf(operation, parent),
    pairing: operation.pairedByInference ? 'inferred' : 'exact',
    context: contextOf(operation),
    marks: marksOf(operation),
    chunks: chunksOf(operation),
    links,
    caller: callerOf(operation),
    why: whyOf(operation, whyParent),
    insideTool: isInsideTool(operation),
    calls: callsOf(operation, recall),
    tally: parent === undefined ? tallyOf(operation, times.endTime) : undefined,
  };
}

const NO_REASONS: SettledOperation<unknown>['why'] = { parent: [], end: [] };

/** Most operations are placed and ended by ids, for which there is no more to say. */
function whyOf(
  { whyEnd }: Operation<unknown>,
  whyParent: readonly string[] | undefined,
): SettledOperation<unknown>['why'] {
  if (whyParent === undefined && whyEnd === undefined) return NO_REASONS;
  return { parent: whyParent ?? NO_REASONS.parent, end: whyEnd ?? NO_REASONS.end };
}

/** Of the root's kickoff: all of a run belongs to what called it. */
export function callerOf({ root }: Operation<unknown>): CallerContext | undefined {
  const caller = root?.is === 'ancestor' ? root.caller : root?.start?.facts.caller;
  return caller === 'invalid' ? undefined : caller;
}

function placed<D>({ facts, detail }: ArrivedEvent<D>): PlacedEvent<D> {
  return { id: facts.id, type: facts.type, time: facts.time, detail };
}

/** A way up that leads over one inferred step is inferred. */
function certaintyOf<D>(operation: Operation<D>, parent: Node<D>): 'exact' | 'inferred' {
  for (let here: Node<D> | undefined = operation; here?.is === 'operation' && here !== parent; here = here.parent) {
    if (here.parentCertainty === 'inferred') return 'inferred';
  }
  return 'exact';
}

const NO_MARKS: readonly PlacedEvent<never>[] = [];

function marksOf<D>({ marks, otherEnds }: Operation<D>): readonly PlacedEvent<D>[] {
  if (marks === undefined && otherEnds === undefined) return NO_MARKS;
  return [...(marks ?? []), ...(otherEnds ?? [])].sort((a, b) => compareEvents(a.facts, b.facts)).map(placed);
}

function chunksOf({ chunks }: Operation<unknown>): SettledOperation<unknown>['chunks'] {
  if (chunks === undefined) return undefined;
  const firstTime = chunks.reduce((first, chunk) => Math.min(first, chunk.facts.time), Infinity);
  return { count: chunks.length, firstTime };
}

const NO_CALLS = { llm: 0, tool: 0 };

/** Calls of the agent itself: those of an agent that it delegates to are that one's. */
function callsOf(operation: Operation<unknown>, recall: Recall): SettledOperation<unknown>['calls'] {
  const calls = operation.inside?.calls ?? NO_CALLS;
  if (!isAgent(operation.kind.family)) return calls;
  let { llm, tool } = calls;
  for (const inside of withLiveBelow(operation)) {
    if (!endedBy(inside, operation) || agentAbove(inside, recall) !== operation) continue;
    if (inside.kind.family === 'llm') llm++;
    if (inside.kind.family === 'tool') tool++;
  }
  return { llm, tool };
}

/** What settled below a root, and what has ended below it by its end without having settled yet. */
function tallyOf(root: Operation<unknown>, endTime: number): Tally {
  const sum: RunningTally = { ...(root.inside?.tally ?? emptyTally()) };
  for (const inside of withLiveBelow(root)) {
    const end = inside.end;
    if (inside !== root && end !== undefined && end.facts.time <= endTime) count(sum, inside, hasFailed(end));
  }
  const { input, output, llmCalls, toolCalls, failedOperations } = sum;
  return { usage: { input, output }, llmCalls, toolCalls, failedOperations };
}

function count(sum: RunningTally, operation: Operation<unknown>, failed: boolean): void {
  if (isTransparent(operation)) return;
  const { family } = operation.kind;
  const usage = operation.end?.facts.usage;
  if (usage?.input !== undefined) sum.input = (sum.input ?? 0) + usage.input;
  if (usage?.output !== undefined) sum.output = (sum.output ?? 0) + usage.output;
  if (family === 'llm') sum.llmCalls++;
  if (family === 'tool') sum.toolCalls++;
  if (failed) sum.failedOperations++;
}

/** Leaves with those above what they will need of an operation that goes; tells which of them now know more. */
export function passOnUpwards<D>(
  operation: Operation<D>,
  endTime: number,
  recall: Recall,
  tell: (above: Operation<D> | undefined) => void,
): void {
  tell(leaveWithHolder(operation, endTime));
  tell(leaveWithOuter(operation));
  tell(leaveWithRoot(operation));
  tell(leaveWithAgent(operation, recall));
}

function leaveWithHolder<D>(operation: Operation<D>, endTime: number): Operation<D> | undefined {
  const { heldBy, touched, inside } = operation;
  if (heldBy === undefined) return undefined;
  const above = insideOf(heldBy);
  above.lastTime = Math.max(above.lastTime, endTime, inside?.lastTime ?? endTime);
  above.lastArrived = Math.max(above.lastArrived, touched, inside?.lastArrived ?? touched);
  return heldBy;
}

function leaveWithOuter<D>(operation: Operation<D>): Operation<D> | undefined {
  const around = begunIn(operation);
  if (operation.start === undefined || around === undefined || around.settled) return undefined;
  const above = insideOf(around);
  above.begun = countOne(above.begun, operation.kind.family);
  return around;
}

function leaveWithRoot<D>(operation: Operation<D>): Operation<D> | undefined {
  const { root } = operation;
  const end = operation.end;
  if (end === undefined || root?.is !== 'operation' || root === operation || root.settled) return undefined;
  const rootEnd = root.end?.facts.time ?? Number.POSITIVE_INFINITY;
  if (end.facts.time > rootEnd) return undefined;
  const above = insideOf(root);
  above.tally ??= emptyTally();
  count(above.tally, operation, hasFailed(end));
  return root;
}

function leaveWithAgent<D>(operation: Operation<D>, recall: Recall): Operation<D> | undefined {
  const { family } = operation.kind;
  if (family !== 'llm' && family !== 'tool') return undefined;
  const agent = agentAbove(operation, recall);
  if (agent === undefined || !endedBy(operation, agent)) return undefined;
  const above = insideOf(agent);
  above.calls ??= { llm: 0, tool: 0 };
  above.calls[family]++;
  return agent;
}

/** Background work that outlives what it was done for is not counted there, however soon or late that settles. */
function endedBy(inner: Operation<unknown>, outer: Operation<unknown>): boolean {
  const [end, outerEnd] = [inner.end, outer.end];
  return end !== undefined && (outerEnd === undefined || end.facts.time <= outerEnd.facts.time);
}

/** As long as that has not settled. */
function agentAbove<D>(operation: Operation<D>, recall: Recall): Operation<D> | undefined {
  const { execution } = operation;
  for (let here = operation.parent; here !== undefined; here = above(execution, here, recall)) {
    if (isAgent(familyOf(here))) return here.is === 'operation' ? here : undefined;
  }
  return undefined;
}

/** What children that are still to come will need of an operation. */
export function remember(operation: Operation<unknown>, finished: SettledOperation<unknown>): Ancestor {
  const { id, kind, start, end, startTime, endTime, outcome, parentId, insideTool, caller, context } = finished;
  return {
    is: 'ancestor',
    id,
    base: kind.base,
    parentId,
    transparent: isTransparent(operation),
    startMissing: start === undefined,
    startTime,
    endTime,
    rootId: operation.root?.id ?? id,
    ended: end !== undefined,
    failed: outcome === 'failed' || outcome === 'abandoned',
    insideTool,
    caller,
    context,
  };
}

/** All events that an operation holds. */
export function eventsOf<D>(operation: Operation<D>): readonly ArrivedEvent<D>[] {
  const { start, end, otherEnds, marks, chunks } = operation;
  const own = start === undefined ? [] : [start];
  if (end !== undefined) own.push(end);
  // As a rule that is all.
  if (otherEnds === undefined && marks === undefined && chunks === undefined) return own;
  return own.concat(otherEnds ?? [], marks ?? [], chunks ?? []);
}
