/** What an event says of the crew, the task and the agent that it belongs to. */
import type { Context } from './facts.ts';
import { asId, asObject, asText, field, type JsonObject } from './readers.ts';
import { createRecent } from './recent.ts';
import { beginningOf, shared } from './shared-texts.ts';

/** An unnamed task is called by its description, of any length; a span tells no more of it than that. Characters. */
const MAX_NAME = 4_096;

/** `conversationInput`: the input of a kickoff that names its conversation. */
export function readContext(data: JsonObject, conversationInput?: string): Context {
  const task = asObject(data['task']);
  const agent = asObject(data['agent']) ?? asObject(data['agent_info']);
  return asBefore({
    crewName: nameIn(data['crew_name']),
    flowName: nameIn(data['flow_name']),
    taskId: asId(task?.['id']) ?? asId(data['task_id']),
    taskName: nameIn(task?.['name']) ?? nameIn(data['task_name']),
    agentId: asId(agent?.['id']) ?? asId(data['agent_id']),
    agentRole: nameIn(agent?.['role']) ?? nameIn(data['agent_role']),
    agentKey: nameIn(agent?.['key']) ?? nameIn(data['agent_key']),
    conversationId: asId(data['session_id']) ?? conversationIn(data, conversationInput),
  });
}

function conversationIn(data: JsonObject, input: string | undefined): string | undefined {
  return input === undefined ? undefined : asId(field(data['inputs'], input));
}

function nameIn(value: unknown): string | undefined {
  const text = asText(value);
  return text === undefined ? undefined : beginningOf(text, MAX_NAME);
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
