/** Finds the operation that a mark without a parent belongs to. */
import { type Family, isAgent } from '../../crewai/catalogue.ts';
import type { EventFacts } from '../../crewai/facts.ts';
import { each } from '../collections/few.ts';
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
  const [place] = placesOfMarks(execution, [mark]).values();
  return place;
}

/** The same for many at once, in one pass through what they may stand in. */
export function placesOfMarks<D>(
  execution: Execution<D>,
  marks: readonly EventFacts[],
): ReadonlyMap<EventFacts, Operation<D>> {
  const places = new Map<EventFacts, Operation<D>>();
  const inOrder = [...marks].sort((a, b) => a.time - b.time);
  const [first] = inOrder;
  if (first === undefined) return places;
  const candidates = candidatesFrom(execution, first.time);
  const open: Operation<D>[] = [];
  let begun = 0;
  let top: Operation<D> | undefined;
  for (const mark of inOrder) {
    for (let next = candidates[begun]; next !== undefined && intervalOf(next).from <= mark.time; ) {
      open.push(next);
      begun += 1;
      next = candidates[begun];
    }
    const best = bestOf(open, mark);
    if (best === undefined) top ??= firstTop(execution);
    const place = best ?? top;
    if (place !== undefined) places.set(mark, place);
  }
  return places;
}

/** What has a start and may be open at `time` or later, in order of events. */
function candidatesFrom<D>(execution: Execution<D>, time: number): readonly Operation<D>[] {
  const candidates: Operation<D>[] = [];
  for (const operation of inSight(execution.sweep, time)) {
    if (operation.start !== undefined && !isTransparent(operation)) candidates.push(operation);
  }
  return candidates.sort(compareItems);
}

const BEST = 3;

/** Of equal ones the last to begin. Lets go of what is over by the time of the mark. */
function bestOf<D>(open: Operation<D>[], mark: EventFacts): Operation<D> | undefined {
  const { agentId, agentKey, agentRole, taskId, taskName } = mark.context;
  const namesNothing = (agentId ?? agentKey ?? agentRole ?? taskId ?? taskName) === undefined;
  const enough = namesNothing ? 1 : BEST;
  let best: Operation<D> | undefined;
  let bestRank = 0;
  for (let at = open.length - 1; at >= 0 && bestRank < enough; at--) {
    const candidate = open[at];
    if (candidate === undefined) continue;
    if (intervalOf(candidate).to < mark.time) {
      open.splice(at, 1);
      continue;
    }
    const rank = rankOf(candidate, mark);
    if (rank <= bestRank) continue;
    best = candidate;
    bestRank = rank;
  }
  return best;
}

/** Whether `placeOfMark` could answer this operation: a quick no for most. */
export function mayTakeMark(operation: Operation<unknown>, mark: EventFacts): boolean {
  if (operation.parent === undefined) return true;
  const { from, to } = intervalOf(operation);
  return from <= mark.time && to >= mark.time && rankOf(operation, mark) > 0;
}

function rankOf({ kind, start }: Operation<unknown>, mark: EventFacts): number {
  if (start === undefined) return 0;
  if (isAgent(kind.family) && agentAgreement(start.facts.context, mark.context) === 'same') return BEST;
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
