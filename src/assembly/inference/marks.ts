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
 * Of what is open around it the agent that it names, else the task, else the innermost run; the nearest kickoff, for
 * what comes just before or after that.
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
  let nearest: ((time: number) => Operation<D> | undefined) | undefined;
  for (const mark of inOrder) {
    for (let next = candidates[begun]; next !== undefined && intervalOf(next).from <= mark.time; ) {
      open.push(next);
      begun += 1;
      next = candidates[begun];
    }
    let place = bestOf(open, mark);
    if (place === undefined) {
      nearest ??= nearestTop(execution);
      place = nearest(mark.time);
    }
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

/**
 * Answers, for one time after another, the kickoff that is nearest to it: an execution id may be used for more than one.
 * Where there is none, the first of what stands in nothing.
 */
function nearestTop<D>(execution: Execution<D>): (time: number) => Operation<D> | undefined {
  const tops = topsOf(execution);
  const kickoffs = tops.filter(({ kind }) => kind.canBeRoot);
  let passed = 0;
  let before: Operation<D> | undefined;
  return time => {
    let next = kickoffs[passed];
    while (next !== undefined && intervalOf(next).from <= time) {
      if (before === undefined || intervalOf(next).to > intervalOf(before).to) before = next;
      passed += 1;
      next = kickoffs[passed];
    }
    if (before === undefined || next === undefined) return before ?? next ?? tops[0];
    return time - intervalOf(before).to < intervalOf(next).from - time ? before : next;
  };
}

/** What stands in nothing, in order of events. */
function topsOf<D>(execution: Execution<D>): Operation<D>[] {
  const tops: Operation<D>[] = [];
  for (const candidate of each(execution.operations)) {
    if (candidate.parent !== undefined || candidate.start === undefined || isTransparent(candidate)) continue;
    tops.push(candidate);
  }
  return tops.sort(compareItems);
}
