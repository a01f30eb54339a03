import { SpanKind } from '@opentelemetry/api';
import { asObject, asText, type JsonObject, unquotePython } from '../../crewai/readers.ts';
import { GEN_AI } from '../attributes.ts';
import { readArguments } from '../content/parts.ts';
import { readToolFailure } from '../read-fault.ts';
import { putContent, putFlag, putInteger, putName, putText, type Sheet } from '../sheet.ts';
import type { OperationShape } from './shape.ts';

/** No `gen_ai.tool.call.id`: CrewAI does not say which of the model's calls a tool answers. */
export const tool: OperationShape = {
  title: 'execute_tool',
  spanKind: SpanKind.INTERNAL,
  fixed: { [GEN_AI.operationName]: 'execute_tool', [GEN_AI.toolType]: 'function' },
  target: data => asText(data['tool_name']),
  namesAgent: true,
  about(sheet, data) {
    putName(sheet, GEN_AI.toolName, data['tool_name']);
    putName(sheet, GEN_AI.agentName, data['agent_role']);
    putArguments(sheet, data);
    const toolClass = asText(data['tool_class']);
    putText(sheet, 'crewai.tool.class', toolClass === undefined ? undefined : unquotePython(toolClass));
    putInteger(sheet, 'crewai.tool.run_attempts', data['run_attempts']);
    putInteger(sheet, 'crewai.tool.delegations', data['delegations']);
    putInteger(sheet, 'crewai.plan_step.number', data['plan_step_number']);
  },
  result(sheet, data, outcome) {
    if (outcome !== 'failed') putContent(sheet, GEN_AI.toolCallResult, data['output']);
    putFlag(sheet, 'crewai.tool.from_cache', data['from_cache']);
    putInteger(sheet, 'crewai.tool.run_attempts', data['run_attempts']);
    putFailure(sheet, data);
  },
  hiddenFault(data, settings) {
    const failure = asObject(data['failure']);
    return failure === undefined ? undefined : readToolFailure(failure, settings);
  },
};

/** JSON text on the start, an object on the end: both become the same JSON. */
export function putArguments(sheet: Sheet, data: JsonObject): void {
  if (!sheet.settings.captureContent) return;
  putContent(sheet, GEN_AI.toolCallArguments, readArguments(data['tool_args']));
}

/** Its message and its reason why are in the names of CrewAI's own exporter. */
export function putFailure(sheet: Sheet, data: JsonObject): void {
  const failure = asObject(data['failure']);
  if (failure === undefined) return;
  putContent(sheet, 'crewai.tool.failure.message', failure['message']);
  putText(sheet, 'crewai.tool.failure.reason', failure['reason']);
  putText(sheet, 'crewai.tool.failure.code', failure['code']);
  putFlag(sheet, 'crewai.tool.failure.retryable', failure['retryable']);
  putText(sheet, 'crewai.tool.failure.policy', failure['policy'] ?? data['policy']);
}
