import { type Attributes, SpanKind } from '@opentelemetry/api';
import type { SettledOperation } from '../../assembly/settled.ts';
import type { EndOutcome } from '../../crewai/catalogue.ts';
import { normalizeFinishReason, readModelName, UNKNOWN_PROVIDER } from '../../crewai/provider.ts';
import { asNumber, asObject, asText, field, type JsonObject, unquotePython } from '../../crewai/readers.ts';
import { readUsage } from '../../crewai/usage.ts';
import { GEN_AI } from '../attributes.ts';
import { toolDefinitions } from '../content/definitions.ts';
import { inputMessages, outputMessages } from '../content/messages.ts';
import { isEmpty, putBuilt, putFlag, putInteger, putName, putNumber, putText, putTexts, type Sheet } from '../sheet.ts';
import type { OperationShape } from './shape.ts';

/**
 * `gen_ai.response.model` is left out: CrewAI's events only repeat the model that was asked for. The provider is
 * required, so it is there even where no event names a model.
 */
export const llm: OperationShape = {
  title: 'chat',
  spanKind: SpanKind.CLIENT,
  fixed: { [GEN_AI.operationName]: 'chat', [GEN_AI.providerName]: UNKNOWN_PROVIDER },
  target: data => readModel(data)?.model,
  namesAgent: true,
  about(sheet, data) {
    putModel(sheet, data);
    putRequest(sheet, data);
    putName(sheet, GEN_AI.agentName, data['agent_role']);
    putText(sheet, 'crewai.llm.call_id', data['call_id']);
    putTexts(sheet, 'crewai.llm.available_functions', functionNames(data['available_functions']));
    putBuilt(sheet, GEN_AI.inputMessages, limit => inputMessages(data['messages'], limit));
    putBuilt(sheet, GEN_AI.toolDefinitions, limit => toolDefinitions(data['tools'], true, limit));
  },
  result(sheet, data, outcome) {
    const finish = finishReason(data, outcome);
    putTexts(sheet, GEN_AI.responseFinishReasons, finish);
    putText(sheet, GEN_AI.responseId, data['response_id']);
    putUsage(sheet, data);
    putText(sheet, 'crewai.llm.call_type', callType(data));
    putBuilt(sheet, GEN_AI.outputMessages, limit => outputMessages(data['response'], finish ?? 'stop', limit));
  },
  settle: readStream,
};

function readModel(data: JsonObject): ReturnType<typeof readModelName> | undefined {
  const model = asText(data['model']);
  return model === undefined ? undefined : readModelName(model);
}

function putModel(sheet: Sheet, data: JsonObject): void {
  const read = readModel(data);
  if (read === undefined) return;
  putText(sheet, GEN_AI.requestModel, read.model);
  putText(sheet, GEN_AI.providerName, read.provider);
  putText(sheet, 'crewai.llm.model', data['model']);
}

function putRequest(sheet: Sheet, data: JsonObject): void {
  putNumber(sheet, GEN_AI.requestTemperature, data['temperature']);
  putNumber(sheet, GEN_AI.requestTopP, data['top_p']);
  putNumber(sheet, GEN_AI.requestFrequencyPenalty, data['frequency_penalty']);
  putNumber(sheet, GEN_AI.requestPresencePenalty, data['presence_penalty']);
  putInteger(sheet, GEN_AI.requestMaxTokens, data['max_tokens']);
  putInteger(sheet, GEN_AI.requestSeed, data['seed']);
  putTexts(sheet, GEN_AI.requestStopSequences, data['stop_sequences']);
  if (asNumber(data['n']) !== 1) putInteger(sheet, GEN_AI.requestChoiceCount, data['n']);
  if (data['stream'] === true) putFlag(sheet, GEN_AI.requestStream, true);
  if (asksForJson(data)) putText(sheet, GEN_AI.outputType, 'json');
}

/** A model of the answer is a class or its name; a format is a JSON schema's, or the plain text's. */
function asksForJson(data: JsonObject): boolean {
  if (!isEmpty(data['response_model'])) return true;
  const format = data['response_format'];
  const type = asText(format) ?? asText(field(format, 'type'));
  return !isEmpty(format) && type !== 'text';
}

function callType(data: JsonObject): string | undefined {
  const type = asText(data['call_type']);
  return type === undefined ? undefined : unquotePython(type);
}

function finishReason(data: JsonObject, outcome: EndOutcome): string | undefined {
  if (outcome === 'failed') return 'error';
  if (callType(data) === 'tool_call') return 'tool_call';
  const reason = asText(data['finish_reason']);
  return reason === undefined ? undefined : normalizeFinishReason(unquotePython(reason));
}

function putUsage(sheet: Sheet, data: JsonObject): void {
  const usage = readUsage(data);
  if (usage === undefined) return;
  putInteger(sheet, GEN_AI.usageInputTokens, usage.input);
  putInteger(sheet, GEN_AI.usageOutputTokens, usage.output);
  putInteger(sheet, GEN_AI.usageCacheReadInputTokens, usage.cacheRead);
  putInteger(sheet, GEN_AI.usageCacheWriteInputTokens, usage.cacheWrite);
  putInteger(sheet, GEN_AI.usageCacheCreationInputTokens, usage.cacheWrite);
  putInteger(sheet, GEN_AI.usageReasoningOutputTokens, usage.reasoning);
}

/** Names only: what they lead to are functions of the sender's process. */
function functionNames(functions: unknown): unknown {
  const object = asObject(functions);
  return object === undefined ? functions : Object.keys(object);
}

/** Pieces of a streamed answer are no events of their own: only how many, and how long the first one took. */
function readStream({ chunks, start, startTime }: SettledOperation<unknown>): Attributes {
  if (chunks === undefined || chunks.count === 0) return {};
  const waited = (chunks.firstTime - startTime) / 1_000_000;
  return {
    [GEN_AI.requestStream]: true,
    'crewai.llm.stream_chunk_count': chunks.count,
    ...(start === undefined || waited < 0 ? {} : { [GEN_AI.responseTimeToFirstChunk]: waited }),
  };
}
