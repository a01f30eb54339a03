/**
 * Whose ids A2A events carry: the agent of a delegation and the task of a server are those of the other side. But where
 * CrewAI knows the agent or the task of its own that the event belongs to, as it does since 1.9, it writes that one's id
 * over them, and its name beside it.
 */
import type { OperationKind } from './catalogue.ts';
import { asId, asText, type JsonObject } from './readers.ts';

/** The agent that a delegation or a conversation is with. */
export function remoteAgentId(data: JsonObject): string | undefined {
  return asText(data['agent_role']) === undefined ? asId(data['agent_id']) : undefined;
}

/** The task that a server was given, by the id that the client knows it by. */
export function remoteTaskId(data: JsonObject): string | undefined {
  return asText(data['task_name']) === undefined ? asId(data['task_id']) : undefined;
}

/** The event without an id that would be taken for that of one of the crew's own. */
export function withoutRemoteId({ base }: OperationKind, data: JsonObject): JsonObject {
  const [key, id] = base === 'a2a_server_task' ? ['task_id', remoteTaskId(data)] : ['agent_id', remoteAgentId(data)];
  return id === undefined ? data : { ...data, [key]: undefined };
}
