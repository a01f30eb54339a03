/** Makes of an operation that has settled what is handed on, and what is kept. */
import type { EndOutcome } from '../../crewai/catalogue.ts';
import { isEndById } from '../claims.ts';
import { liveBelow } from '../holding.ts';
import { callerOf, contextOf, isInsideTool } from '../inherited.ts';
import { type Node, type Recall, visible } from '../lineage.ts';
import { type Ancestor, type ArrivedEvent, hasFailed, isTransparent, type Operation } from '../operation.ts';
import { compareEvents } from '../order.ts';
import type { AssemblySettings } from '../settings.ts';
import type { OperationLink, Outcome, PlacedEvent, SettledOperation } from '../settled.ts';
import { endMayCome, rootHasEnded } from '../timing.ts';
import { callsOf, tallyOf } from './sums.ts';

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

/** The last thing known to have happened inside an operation, below it too. */
function lastInside(operation: Operation<unknown>): number {
  let last = Number.NEGATIVE_INFINITY;
  for (const inside of liveBelow(operation)) {
    last = Math.max(last, inside.inside?.lastTime ?? last);
    for (const event of eventsOf(inside)) last = Math.max(last, event.facts.time);
  }
  return last;
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
    source: execution.key.source,
    executionId: execution.key.executionId,
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
    pairing: isPairInferred(operation) ? 'inferred' : 'exact',
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

/** What was found by likeness may have given way to an end that names the operation. */
function isPairInferred(operation: Operation<unknown>): boolean {
  const { end, pairedByInference } = operation;
  return pairedByInference && !(end !== undefined && isEndById(operation, end));
}

const NO_REASONS: SettledOperation<unknown>['why'] = { parent: [], end: [] };

/** Most operations are placed and ended by ids, for which there is no more to say. */
function whyOf(
  operation: Operation<unknown>,
  whyParent: readonly string[] | undefined,
): SettledOperation<unknown>['why'] {
  const whyEnd = isPairInferred(operation) ? operation.whyEnd : undefined;
  if (whyParent === undefined && whyEnd === undefined) return NO_REASONS;
  return { parent: whyParent ?? NO_REASONS.parent, end: whyEnd ?? NO_REASONS.end };
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
