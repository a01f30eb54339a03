/** Finds the operation that a mark without a parent belongs to. */
import { type Family, isAgent } from '../../crewai/catalogue.ts';
import type { EventFacts } from '../../crewai/facts.ts';
import { each } from '../few.ts';
import { compareItems, type Execution, intervalOf, isTransparent, type Operation } from '../operation.ts';
import { agentAgreement, taskAgreement } from './agreement.ts';
import { inSight } from './sweep.ts';

/** What runs something: a mark that names nothing is more likely to be about the run than about a call in it. */
const RUNS: ReadonlySet<Family> = new Set<Family>(['method', 'flow', 'crew', 'lite_agent']);

/**
 * Of what is open around it the agent that it names, else the task, else the innermost run; the first operation of
 * the execution, for what comes just before that.
 */
export function placeOfMark<D>(execution: Execution<D>, mark: EventFacts): Operation<D> | undefined {
  let best: Operation<D> | undefined;
  let bestRank = 0;
  for (const candidate of inSight(execution.sweep, mark.time)) {
    const { from, to } = intervalOf(candidate);
    if (isTransparent(candidate) || from > mark.time || to < mark.time) continue;
    const rank = rankOf(candidate, mark);
    if (rank === 0 || rank < bestRank) continue;
    if (rank === bestRank && best !== undefined && compareItems(candidate, best) < 0) continue;
    best = candidate;
    bestRank = rank;
  }
  return best ?? firstTop(execution);
}

/** Whether `placeOfMark` could answer this operation: a quick no for most. */
export function mayTakeMark(operation: Operation<unknown>, mark: EventFacts): boolean {
  if (operation.parent === undefined) return true;
  const { from, to } = intervalOf(operation);
  return from <= mark.time && to >= mark.time && rankOf(operation, mark) > 0;
}

function rankOf({ kind, start }: Operation<unknown>, mark: EventFacts): number {
  if (start === undefined) return 0;
  if (isAgent(kind.family) && agentAgreement(start.facts.context, mark.context) === 'same') return 3;
  if (kind.family === 'task' && taskAgreement(start.facts.context, mark.context) === 'same') return 2;
  return RUNS.has(kind.family) ? 1 : 0;
}

function firstTop<D>(execution: Execution<D>): Operation<D> | undefined {
  let first: Operation<D> | undefined;
  for (const candidate of each(execution.operations)) {
    if (candidate.parent !== undefined || candidate.start === undefined || isTransparent(candidate)) continue;
    if (first === undefined || compareItems(candidate, first) < 0) first = candidate;
  }
  return first;
}
