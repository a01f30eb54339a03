/** What an event says of the crew, the task and the agent that it belongs to. */
import type { Context } from './facts.ts';
import { asId, asObject, asText, type JsonObject } from './readers.ts';
import { shared } from './shared-texts.ts';

export function readContext(data: JsonObject): Context {
  const task = asObject(data['task']);
  const agent = asObject(data['agent']) ?? asObject(data['agent_info']);
  return asBefore({
    crewName: shared(asText(data['crew_name'])),
    flowName: shared(asText(data['flow_name'])),
    taskId: shared(asId(task?.['id']) ?? asId(data['task_id'])),
    taskName: shared(asText(task?.['name']) ?? asText(data['task_name'])),
    agentId: shared(asId(agent?.['id']) ?? asId(data['agent_id'])),
    agentRole: shared(asText(agent?.['role']) ?? asText(data['agent_role'])),
    agentKey: shared(asText(agent?.['key']) ?? asText(data['agent_key'])),
    conversationId: shared(asId(data['session_id'])),
  });
}

/** Most events say the same as one shortly before them, and are held with it: one object does for both. */
const RECENT = 8;
const recent: Context[] = [];
let oldest = 0;

function asBefore(context: Context): Context {
  for (const known of recent) if (isSame(known, context)) return known;
  recent[oldest] = context;
  oldest = (oldest + 1) % RECENT;
  return context;
}

function isSame(a: Context, b: Context): boolean {
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
