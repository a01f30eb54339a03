import { type Attributes, SpanKind } from '@opentelemetry/api';
import type { SettledOperation } from '../../assembly/settled.ts';
import { remoteAgentId, remoteTaskId } from '../../crewai/a2a-ids.ts';
import type { OperationKind } from '../../crewai/catalogue.ts';
import { asText, field, type JsonObject } from '../../crewai/readers.ts';
import { GEN_AI } from '../attributes.ts';
import { inputMessages, outputMessages } from '../content/messages.ts';
import { putServer, readEndpoint } from '../endpoint.ts';
import { type Fault, readFault } from '../read-fault.ts';
import type { SpanSettings } from '../settings.ts';
import { putBuilt, putContent, putFlag, putInteger, putName, putText, type Sheet } from '../sheet.ts';
import type { OperationShape } from './shape.ts';

/** Work that another agent does, reached by the A2A protocol; or that one asks of ours. */
export function a2a(kind: OperationKind): OperationShape {
  switch (kind.base) {
    case 'a2a_delegation':
      return DELEGATION;
    case 'a2a_server_task':
      return SERVER_TASK;
    default:
      return { ...EXCHANGE, title: kind.base };
  }
}

/** The provider is required here by the conventions, but no event says who runs the remote agent's model. */
const DELEGATION: OperationShape = {
  title: 'invoke_agent',
  spanKind: SpanKind.CLIENT,
  fixed: { [GEN_AI.operationName]: 'invoke_agent' },
  target: data => asText(data['a2a_agent_name']),
  about(sheet, data) {
    putExchange(sheet, data);
    putName(sheet, GEN_AI.agentName, data['a2a_agent_name']);
    putText(sheet, GEN_AI.agentId, agentId(data));
    putText(sheet, GEN_AI.agentVersion, field(data['agent_card'], 'version'));
    putText(sheet, GEN_AI.agentDescription, field(data['agent_card'], 'description'));
    putServer(sheet, readEndpoint(data['endpoint']));
    putBuilt(sheet, GEN_AI.inputMessages, limit => inputMessages(data['task_description'], limit));
  },
  result(sheet, data) {
    putOutcome(sheet, data);
    putBuilt(sheet, GEN_AI.outputMessages, limit => outputMessages(data['result'], 'stop', limit));
  },
  hiddenFault: failedStatus,
  settle: readStream,
};

/** CrewAI knows a remote agent by its endpoint. */
function agentId(data: JsonObject): string | undefined {
  const id = remoteAgentId(data);
  return readEndpoint(id ?? data['endpoint'])?.url ?? id;
}

const EXCHANGE: Omit<OperationShape, 'title'> = {
  spanKind: SpanKind.INTERNAL,
  about(sheet, data) {
    putExchange(sheet, data);
    putContent(sheet, 'crewai.a2a.task_description', data['task_description']);
  },
  result(sheet, data) {
    putOutcome(sheet, data);
    putContent(sheet, 'crewai.a2a.final_result', data['final_result']);
    putContent(sheet, 'crewai.a2a.results', data['results']);
  },
  hiddenFault: failedStatus,
  settle: readStream,
};

const SERVER_TASK: OperationShape = {
  title: 'a2a_server_task',
  spanKind: SpanKind.SERVER,
  about(sheet, data) {
    putExchange(sheet, data);
    putText(sheet, 'crewai.a2a.task_id', remoteTaskId(data));
  },
  result(sheet, data, outcome) {
    putOutcome(sheet, data);
    putContent(sheet, 'crewai.a2a.result', data['result']);
    if (outcome === 'canceled') putText(sheet, 'crewai.a2a.status', 'canceled');
  },
};

function putExchange(sheet: Sheet, data: JsonObject): void {
  putText(sheet, GEN_AI.conversationId, data['context_id']);
  putText(sheet, 'crewai.a2a.endpoint', readEndpoint(data['endpoint'])?.url);
  putText(sheet, 'crewai.a2a.context_id', data['context_id']);
  putName(sheet, 'crewai.a2a.agent_name', data['a2a_agent_name']);
  putInteger(sheet, 'crewai.a2a.turn_number', data['turn_number']);
  putFlag(sheet, 'crewai.a2a.is_multiturn', data['is_multiturn']);
  putText(sheet, 'crewai.a2a.protocol_version', data['protocol_version']);
  putText(sheet, 'crewai.a2a.skill_id', data['skill_id']);
}

function putOutcome(sheet: Sheet, data: JsonObject): void {
  putText(sheet, 'crewai.a2a.status', data['status']);
  putInteger(sheet, 'crewai.a2a.total_turns', data['total_turns']);
  putInteger(sheet, 'crewai.a2a.success_count', data['success_count']);
  putInteger(sheet, 'crewai.a2a.failure_count', data['failure_count']);
}

/** A delegation that failed ends as completed, with a status. */
function failedStatus(data: JsonObject, settings: SpanSettings): Fault | undefined {
  return data['status'] === 'failed' ? readFault(data, settings) : undefined;
}

function readStream({ chunks }: SettledOperation<unknown>): Attributes {
  return chunks === undefined || chunks.count === 0 ? {} : { 'crewai.a2a.stream_chunk_count': chunks.count };
}
