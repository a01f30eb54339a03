/**
 * Finds the parent of an operation that names none. Each rule adds to or takes from the score of a candidate; it looks
 * at nothing later than the start of the operation, so what comes afterwards never changes a place.
 */
import { isAgent } from '../../crewai/catalogue.ts';
import type { Context } from '../../crewai/facts.ts';
import { each } from '../collections/few.ts';
import { contextOf } from '../inherited.ts';
import { isAbove } from '../lineage.ts';
import { compareItems, intervalOf, isTransparent, leadOf, type Operation } from '../operation.ts';
import { type Agreement, agentAgreement, taskAgreement } from './agreement.ts';
import { weightAroundInfrastructure, weightOf } from './containers.ts';
import { type Rule, reasonsFor, scoreOf } from './rules.ts';

interface Question<D> {
  readonly operation: Operation<D>;
  readonly candidate: Operation<D>;
  /** When the operation starts, in microseconds. */
  readonly time: number;
}

/** Each names a recording that needs it. */
const RULES: readonly Rule<Question<unknown>>[] = [
  { name: 'may contain it', score: ({ operation, candidate }) => weigh(operation, candidate) },
  // 06_memory: a save begins in the background, when its agent has just ended.
  { name: 'open at its start', score: question => (isOpen(question) ? 0 : savesAfterwards(question) ? -8 : undefined) },
  // 09_reasoning: only a call that was handed functions runs tools inside it.
  {
    name: 'runs tools',
    score: ({ candidate }) => (candidate.kind.family !== 'llm' || handsOutTools(candidate) ? 0 : undefined),
  },
  // 10_async_tasks: tasks that run at the same time.
  { name: 'same task', score: question => agreed(question, taskAgreement, 12, -30) },
  // 11_hierarchical: the agent of the inner task is not the one that the outer task names.
  { name: 'same agent', score: question => agreed(question, agentAgreement, 12, -40) },
  // 12a_flow: methods of a flow inside another.
  { name: 'same flow', score: ({ operation, candidate }) => sameFlow(operation, candidate) },
  // 12d_flow_parallel_crews: a crew of sequential tasks runs one at a time; so does a task its agents.
  { name: 'busy with another', score: question => (isBusy(question) ? -6 : 0) },
];

export function inferParent<D>(operation: Operation<D>, candidates: Iterable<Operation<D>>): Operation<D> | undefined {
  const time = intervalOf(operation).from;
  let best: Operation<D> | undefined;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const candidate of candidates) {
    if (candidate === operation || candidate.start === undefined || isTransparent(candidate)) continue;
    if (!startsBefore(candidate, operation)) continue;
    const score = scoreOf(RULES, { operation, candidate, time });
    // At no more than 0, nothing but its being open speaks for it, and something speaks against it.
    if (score === undefined || score <= 0 || score < bestScore) continue;
    if (score === bestScore && best !== undefined && !standsBetter(candidate, best, operation)) continue;
    if (isAbove(operation, candidate)) continue;
    best = candidate;
    bestScore = score;
  }
  return best;
}

/** The names of the rules that speak for a place. */
export function reasonsForParent(operation: Operation<unknown>, candidate: Operation<unknown>): readonly string[] {
  return reasonsFor(RULES, { operation, candidate, time: intervalOf(operation).from });
}

/**
 * Of two that fit equally well: the inner one; of methods the last to begin, as they follow one another; the one with
 * fewer of its kind below; the first to begin.
 */
function standsBetter<D>(candidate: Operation<D>, best: Operation<D>, operation: Operation<D>): boolean {
  if (isAbove(best, candidate)) return true;
  if (isAbove(candidate, best)) return false;
  const [ourEnd, theirEnd] = [intervalOf(candidate).to, intervalOf(best).to];
  if (Math.max(ourEnd, theirEnd) < intervalOf(operation).from) return ourEnd > theirEnd;
  if (candidate.kind.family === 'method' && best.kind.family === 'method') return startsBefore(best, candidate);
  const { family } = operation.kind;
  const [ours, theirs] = [candidate.begun?.[family] ?? 0, best.begun?.[family] ?? 0];
  return ours === theirs ? startsBefore(candidate, best) : ours < theirs;
}

function startsBefore(a: Operation<unknown>, b: Operation<unknown>): boolean {
  return compareItems(a, b) < 0;
}

function weigh(operation: Operation<unknown>, candidate: Operation<unknown>): number | undefined {
  if (isTransparent(operation)) return weightAroundInfrastructure(candidate.kind);
  return weightOf(operation.kind, candidate.kind);
}

function isOpen({ candidate, time }: Question<unknown>): boolean {
  const { from, to } = intervalOf(candidate);
  return from <= time && to >= time;
}

function savesAfterwards({ operation, candidate }: Question<unknown>): boolean {
  return operation.kind.base === 'memory_save' && isAgent(candidate.kind.family);
}

function handsOutTools(candidate: Operation<unknown>): boolean {
  return candidate.start?.facts.runsTools ?? false;
}

const RUNS: ReadonlySet<string> = new Set(['agent', 'lite_agent', 'crew', 'flow', 'task']);

/**
 * A task, and what runs inside a tool, has a task and an agent of its own, whatever its crew stands in; so has an agent
 * that checks the work of another.
 */
function bringsItsOwn({ kind: { family } }: Operation<unknown>, candidate: Operation<unknown>): boolean {
  return family === 'task' || family === 'lite_agent' || (candidate.kind.family === 'tool' && RUNS.has(family));
}

function agreed(
  { operation, candidate }: Question<unknown>,
  agreement: (a: Context, b: Context) => Agreement,
  same: number,
  different: number,
): number {
  if (bringsItsOwn(operation, candidate)) return 0;
  switch (agreement(contextOf(candidate), ownContext(operation))) {
    case 'same':
      return same;
    case 'different':
      return different;
    case 'unknown':
      return 0;
  }
}

function ownContext(operation: Operation<unknown>): Context {
  const own = leadOf(operation)?.facts.context ?? {};
  return operation.heard === undefined ? own : { ...own, taskId: operation.heard.taskId };
}

function sameFlow(operation: Operation<unknown>, candidate: Operation<unknown>): number {
  const [ours, theirs] = [ownContext(operation).flowName, ownContext(candidate).flowName];
  if (candidate.kind.family !== 'flow' || ours === undefined || theirs === undefined) return 0;
  return ours === theirs ? 12 : -30;
}

const ONE_AT_A_TIME: Readonly<Record<string, string>> = { task: 'crew', agent: 'task' };

function isBusy({ operation, candidate, time }: Question<unknown>): boolean {
  const { family } = operation.kind;
  if (ONE_AT_A_TIME[family] !== candidate.kind.family) return false;
  for (const child of each(candidate.children)) {
    if (child === operation || child.kind.family !== family || child.parent !== candidate) continue;
    if (startsBefore(child, operation) && intervalOf(child).to > time) return true;
  }
  return false;
}
