/** Finds the operation that a mark without a parent belongs to. */
import type { Family } from '../../crewai/catalogue.ts';
import { type Execution, intervalOf, isTransparent, leadOf, type Operation } from '../operation.ts';
import { compareEvents } from '../order.ts';
import { openAt } from './sweep.ts';

/** What runs something: a mark that names nothing is more likely to be about the run than about a call in it. */
const RUNS: ReadonlySet<Family> = new Set<Family>(['method', 'flow', 'crew', 'lite_agent']);

/** The innermost run around it; else the first operation of the execution, for what comes just before that. */
export function placeOfMark<D>(execution: Execution<D>, time: number): Operation<D> | undefined {
  let best: Operation<D> | undefined;
  for (const candidate of openAt(execution.sweep, time)) {
    if (!RUNS.has(candidate.kind.family) || isTransparent(candidate) || intervalOf(candidate).from > time) continue;
    if (best === undefined || begins(best, candidate)) best = candidate;
  }
  return best ?? firstTop(execution);
}

function firstTop<D>(execution: Execution<D>): Operation<D> | undefined {
  let first: Operation<D> | undefined;
  for (const candidate of execution.operations.values()) {
    if (candidate.parent !== undefined || candidate.start === undefined || isTransparent(candidate)) continue;
    if (first === undefined || begins(candidate, first)) first = candidate;
  }
  return first;
}

function begins(before: Operation<unknown>, after: Operation<unknown>): boolean {
  const [first, second] = [leadOf(before), leadOf(after)];
  return first !== undefined && second !== undefined && compareEvents(first.facts, second.facts) < 0;
}
