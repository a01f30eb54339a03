/** What an event says of the crew, the task and the agent that it belongs to. */
import type { Context } from './facts.ts';
import { asId, asObject, asText, type JsonObject } from './readers.ts';
import { createRecent } from './recent.ts';
import { shared } from './shared-texts.ts';

export function readContext(data: JsonObject): Context {
  const task = asObject(data['task']);
  const agent = asObject(data['agent']) ?? asObject(data['agent_info']);
  return asBefore({
    crewName: asText(data['crew_name']),
    flowName: asText(data['flow_name']),
    taskId: asId(task?.['id']) ?? asId(data['task_id']),
    taskName: asText(task?.['name']) ?? asText(data['task_name']),
    agentId: asId(agent?.['id']) ?? asId(data['agent_id']),
    agentRole: asText(agent?.['role']) ?? asText(data['agent_role']),
    agentKey: asText(agent?.['key']) ?? asText(data['agent_key']),
    conversationId: asId(data['session_id']),
  });
}

/** Most events say the same as one shortly before them, and are held with it: one object does for both. */
const asBefore = createRecent(isSameContext, sharing);

function sharing(context: Context): Context {
  return {
    crewName: shared(context.crewName),
    flowName: shared(context.flowName),
    taskId: shared(context.taskId),
    taskName: shared(context.taskName),
    agentId: shared(context.agentId),
    agentRole: shared(context.agentRole),
    agentKey: shared(context.agentKey),
    conversationId: shared(context.conversationId),
  };
}

export function isSameContext(a: Context, b: Context): boolean {
  return (
    a.taskId === b.taskId &&
    a.agentId === b.agentId &&
    a.agentRole === b.agentRole &&
    a.taskName === b.taskName &&
    a.crewName === b.crewName &&
    a.flowName === b.flowName &&
    a.agentKey === b.agentKey &&
    a.conversationId === b.conversationId
  );
}
