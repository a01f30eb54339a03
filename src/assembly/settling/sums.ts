/** What operations are told of those inside them: calls of an agent, sums of a run, the last thing that happened. */
import { isAgent } from '../../crewai/catalogue.ts';
import { liveBelow } from '../holding.ts';
import { begunIn, countOne, emptyTally, insideOf } from '../keeping/inside.ts';
import { above, familyOf, type Node, type Recall } from '../lineage.ts';
import { hasFailed, isTransparent, type Operation, type RunningTally } from '../operation.ts';
import type { SettledOperation, Tally } from '../settled.ts';

const NO_CALLS = { llm: 0, tool: 0 };

/** Calls of the agent itself: those of an agent that it delegates to are that one's. */
export function callsOf(operation: Operation<unknown>, recall: Recall): SettledOperation<unknown>['calls'] {
  const calls = operation.inside?.calls ?? NO_CALLS;
  if (!isAgent(operation.kind.family)) return calls;
  let { llm, tool } = calls;
  for (const inside of liveBelow(operation)) {
    if (!endedBy(inside, operation) || agentAbove(inside, recall) !== operation) continue;
    if (inside.kind.family === 'llm') llm++;
    if (inside.kind.family === 'tool') tool++;
  }
  return { llm, tool };
}

/** What settled below a root, and what has ended below it by its end without having settled yet. */
export function tallyOf(root: Operation<unknown>, endTime: number): Tally {
  const sum: RunningTally = { ...(root.inside?.tally ?? emptyTally()) };
  for (const inside of liveBelow(root)) {
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

/** What is around it, or would be if the parent that it names does not come. */
function around<D>({ parent, expected }: Operation<D>): Node<D> | undefined {
  return parent ?? expected;
}

/** As long as that has not settled. */
function agentAbove<D>(operation: Operation<D>, recall: Recall): Operation<D> | undefined {
  const { execution } = operation;
  for (
    let here = around(operation);
    here !== undefined;
    here = here.is === 'operation' ? around(here) : above(execution, here, recall)
  ) {
    if (isAgent(familyOf(here))) return here.is === 'operation' ? here : undefined;
  }
  return undefined;
}
