import { type Attributes, SpanKind } from '@opentelemetry/api';
import type { SettledOperation } from '../../assembly/settled.ts';
import type { OperationKind } from '../../crewai/catalogue.ts';
import { asText, at, field, type JsonObject } from '../../crewai/readers.ts';
import { GEN_AI } from '../attributes.ts';
import { inputMessages, outputMessages } from '../content/messages.ts';
import { putServer, readEndpoint } from '../endpoint.ts';
import type { SpanSettings } from '../settings.ts';
import { putBuilt, putFlag, putInteger, putName, putText, type Sheet } from '../sheet.ts';
import { type Fault, readFault } from '../status.ts';
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
  target: data => asText(field(data, 'a2a_agent_name')),
  about(sheet, data) {
    putExchange(sheet, data);
    putName(sheet, GEN_AI.agentName, field(data, 'a2a_agent_name'));
    putText(sheet, GEN_AI.agentId, field(data, 'agent_id'));
    putText(sheet, GEN_AI.agentVersion, at(data, 'agent_card', 'version'));
    putText(sheet, GEN_AI.agentDescription, at(data, 'agent_card', 'description'));
    putServer(sheet, readEndpoint(field(data, 'endpoint')));
    putBuilt(sheet, GEN_AI.inputMessages, limit => inputMessages(field(data, 'task_description'), limit));
  },
  result(sheet, data) {
    putOutcome(sheet, data);
    putBuilt(sheet, GEN_AI.outputMessages, limit => outputMessages(field(data, 'result'), 'stop', limit));
  },
  hiddenFault: failedStatus,
  settle: readStream,
};

const EXCHANGE: Omit<OperationShape, 'title'> = {
  spanKind: SpanKind.INTERNAL,
  about: putExchange,
  result: putOutcome,
  hiddenFault: failedStatus,
  settle: readStream,
};

const SERVER_TASK: OperationShape = {
  title: 'a2a_server_task',
  spanKind: SpanKind.SERVER,
  about: putExchange,
  result(sheet, data, outcome) {
    putOutcome(sheet, data);
    if (outcome === 'canceled') putText(sheet, 'crewai.a2a.status', 'canceled');
  },
};

function putExchange(sheet: Sheet, data: JsonObject): void {
  putText(sheet, GEN_AI.conversationId, field(data, 'context_id'));
  putText(sheet, 'crewai.a2a.endpoint', readEndpoint(field(data, 'endpoint'))?.url);
  putText(sheet, 'crewai.a2a.context_id', field(data, 'context_id'));
  putText(sheet, 'crewai.a2a.task_id', field(data, 'task_id'));
  putInteger(sheet, 'crewai.a2a.turn_number', field(data, 'turn_number'));
  putFlag(sheet, 'crewai.a2a.is_multiturn', field(data, 'is_multiturn'));
  putText(sheet, 'crewai.a2a.protocol_version', field(data, 'protocol_version'));
  putText(sheet, 'crewai.a2a.skill_id', field(data, 'skill_id'));
}

function putOutcome(sheet: Sheet, data: JsonObject): void {
  putText(sheet, 'crewai.a2a.status', field(data, 'status'));
  putInteger(sheet, 'crewai.a2a.total_turns', field(data, 'total_turns'));
  putInteger(sheet, 'crewai.a2a.success_count', field(data, 'success_count'));
  putInteger(sheet, 'crewai.a2a.failure_count', field(data, 'failure_count'));
}

/** A delegation that failed ends as completed, with a status. */
function failedStatus(data: JsonObject, settings: SpanSettings): Fault | undefined {
  return field(data, 'status') === 'failed' ? readFault(data, settings) : undefined;
}

function readStream({ chunks }: SettledOperation<unknown>): Attributes {
  return chunks === undefined || chunks.count === 0 ? {} : { 'crewai.a2a.stream_chunk_count': chunks.count };
}
