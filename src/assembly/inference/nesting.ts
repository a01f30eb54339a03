/** Finds a place for an operation or a mark that names no parent, or one that is not known. */
import type { Family, OperationKind } from '../../crewai/catalogue.ts';
import type { Context } from '../../crewai/facts.ts';
import { contextOf, isAbove } from '../lineage.ts';
import { type Execution, intervalOf, isTransparent, type Operation } from '../operation.ts';
import { compareEvents } from '../order.ts';

const ANY_RUN: readonly Family[] = ['task', 'method', 'crew', 'flow', 'lite_agent'];
const IN_AGENT: readonly (readonly Family[])[] = [['agent', 'lite_agent'], ANY_RUN];

/**
 * What may contain what: for each family the families it may stand in. An earlier list is tried before a later one;
 * within a list the innermost operation wins. A crew without ids was started from the user's own thread, so it
 * belongs to a method of his before it belongs to a tool that happens to run elsewhere.
 */
const CONTAINERS: Readonly<Record<Family, readonly (readonly Family[])[]>> = {
  crew: [['method'], ['flow'], ['tool']],
  flow: [['method'], ['tool'], ['agent', 'lite_agent']],
  method: [['flow']],
  task: [['crew']],
  agent: [['task'], ['method', 'crew', 'flow']],
  lite_agent: [['guardrail'], ['method'], ['tool'], ['flow']],
  llm: [['reasoning', 'memory', 'knowledge', 'guardrail'], ...IN_AGENT],
  tool: IN_AGENT,
  mcp: [['tool'], ...IN_AGENT],
  memory: [['memory'], ...IN_AGENT],
  knowledge: [['knowledge'], ...IN_AGENT],
  reasoning: IN_AGENT,
  guardrail: [['task', 'lite_agent'], ANY_RUN],
  evaluation: IN_AGENT,
  a2a: [['a2a', 'tool'], ...IN_AGENT],
  skill: IN_AGENT,
  checkpoint: [ANY_RUN],
  context_window: IN_AGENT,
  conversation: [['flow']],
  plan_step: IN_AGENT,
  step_observation: IN_AGENT,
  custom: [['tool'], ...IN_AGENT],
};
const AROUND_A_MARK: readonly (readonly Family[])[] = [['method', 'flow', 'crew', 'lite_agent']];

const CONTAINING: ReadonlySet<Family> = new Set(Object.values(CONTAINERS).flat(2));

/** The innermost operation that may contain `operation` by kind, time, and agreement of task and agent. */
export function inferParent<D>(operation: Operation<D>): Operation<D> | undefined {
  const { from } = intervalOf(operation);
  const context = contextOf(operation);
  for (const families of CONTAINERS[operation.kind.family]) {
    const place = innermost(operation.execution, families, from, candidate => {
      return agrees(contextOf(candidate), context) && !isAbove(operation, candidate);
    });
    if (place !== undefined) return place;
  }
  return undefined;
}

/** The innermost run around a mark; else the first operation of the execution, for what comes just before it. */
export function inferPlaceOfMark<D>(execution: Execution<D>, time: number): Operation<D> | undefined {
  for (const families of AROUND_A_MARK) {
    const place = innermost(execution, families, time, () => true);
    if (place !== undefined) return place;
  }
  return firstTop(execution);
}

function innermost<D>(
  execution: Execution<D>,
  families: readonly Family[],
  time: number,
  fits: (candidate: Operation<D>) => boolean,
): Operation<D> | undefined {
  let best: Operation<D> | undefined;
  for (const candidate of candidates(execution)) {
    if (candidate.start === undefined || !families.includes(candidate.kind.family)) continue;
    if (!candidate.kind.scoped || isTransparent(candidate)) continue;
    const { from, to } = intervalOf(candidate);
    if (from > time || to < time || !isLater(candidate, best)) continue;
    if (fits(candidate)) best = candidate;
  }
  return best;
}

function* candidates<D>(execution: Execution<D>): Generator<Operation<D>> {
  yield* execution.operations.values();
  for (const { operation } of execution.recent) yield operation;
}

/** Whether anything may be inferred to stand in an operation of this kind. */
export function mayContain(kind: OperationKind): boolean {
  return kind.scoped && CONTAINING.has(kind.family);
}

function isLater<D>(candidate: Operation<D>, than: Operation<D> | undefined): boolean {
  if (candidate.start === undefined) return false;
  return than?.start === undefined || compareEvents(candidate.start.facts, than.start.facts) > 0;
}

function firstTop<D>(execution: Execution<D>): Operation<D> | undefined {
  let first: Operation<D> | undefined;
  for (const candidate of candidates(execution)) {
    if (candidate.parent !== undefined || candidate.start === undefined || isTransparent(candidate)) continue;
    if (first === undefined || isLater(first, candidate)) first = candidate;
  }
  return first;
}

/** Two contexts that name different tasks, or different agents, do not belong together. */
function agrees(outer: Context, inner: Context): boolean {
  return (
    (outer.taskId === undefined || inner.taskId === undefined || outer.taskId === inner.taskId) &&
    (outer.agentId === undefined || inner.agentId === undefined || outer.agentId === inner.agentId)
  );
}
