/** What an operation has from those that it stands in. */
import { isAgent } from '../crewai/catalogue.ts';
import type { Context } from '../crewai/facts.ts';
import { isSameContext } from '../crewai/read-context.ts';
import type { CallerContext } from '../crewai/trace-context.ts';
import { familyOf, type Node } from './lineage.ts';
import { leadOf, type Operation } from './operation.ts';

/**
 * Own values and those of the ancestors. For task and agent the way up decides over the event's own word: one agent
 * object shared by parallel tasks names the wrong one. A task inside another agent's tool has an agent of its own.
 */
export function contextOf(operation: Operation<unknown>): Context {
  const way: Operation<unknown>[] = [];
  let known: Node<unknown> | undefined = operation;
  for (; known?.is === 'operation' && known.context === undefined; known = known.parent) way.push(known);
  let inherited: Context = known?.context ?? {};
  for (let here = way.pop(); here !== undefined; here = way.pop()) {
    inherited = inherit(here, inherited);
    if (here.root !== undefined && here.start !== undefined) here.context = inherited;
  }
  return inherited;
}

let latest: Context = {};

/** What is handed down is the same for most of what runs at a time, in other executions too: one object does for all. */
function asBefore(context: Context): Context {
  if (!isSameContext(context, latest)) latest = context;
  return latest;
}

function inherit(operation: Operation<unknown>, from: Context): Context {
  const own = leadOf(operation)?.facts.context ?? {};
  const { family } = operation.kind;
  const isTask = family === 'task';
  const task = isTask || (from.taskId ?? from.taskName) === undefined ? own : from;
  const agent = isTask || isAgent(family) || (from.agentId ?? from.agentRole) === undefined ? own : from;
  const context = {
    crewName: own.crewName ?? from.crewName,
    flowName: own.flowName ?? from.flowName,
    taskId: task.taskId,
    taskName: task.taskName,
    agentId: agent.agentId,
    agentRole: agent.agentRole,
    conversationId: own.conversationId ?? from.conversationId,
  };
  // As a rule it adds nothing.
  return isSameContext(context, from) ? from : asBefore(context);
}

/** Of the root's kickoff: all of a run belongs to what called it. */
export function callerOf({ root }: Operation<unknown>): CallerContext | undefined {
  const caller = root?.is === 'ancestor' ? root.caller : root?.start?.facts.caller;
  return caller === 'invalid' ? undefined : caller;
}

export function isInsideTool(operation: Operation<unknown>): boolean {
  for (let here = operation.parent; here !== undefined; here = here.parent) {
    if (here.is === 'ancestor') return here.insideTool || familyOf(here) === 'tool';
    if (here.kind.family === 'tool') return true;
  }
  return false;
}
