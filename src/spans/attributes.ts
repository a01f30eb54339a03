/**
 * The names of all attributes, in one place: the GenAI conventions are still in development, and their names move.
 *
 * `gen_ai.*`, `mcp.*`, `server.*`, `network.*`, `error.*` and `exception.*` are OpenTelemetry's (GenAI semantic
 * conventions v0.1.0 of their own repository). `crewai.*` are CrewAI's own exporter's where it has one, else ours.
 */
export const GEN_AI = {
  operationName: 'gen_ai.operation.name',
  providerName: 'gen_ai.provider.name',
  conversationId: 'gen_ai.conversation.id',
  agentName: 'gen_ai.agent.name',
  agentId: 'gen_ai.agent.id',
  agentVersion: 'gen_ai.agent.version',
  agentDescription: 'gen_ai.agent.description',
  /** What `gen_ai.agent.name` on a workflow was called before, and what most viewers still read. */
  workflowName: 'gen_ai.workflow.name',
  inputMessages: 'gen_ai.input.messages',
  outputMessages: 'gen_ai.output.messages',
  systemInstructions: 'gen_ai.system_instructions',
  toolDefinitions: 'gen_ai.tool.definitions',
  outputType: 'gen_ai.output.type',
  requestModel: 'gen_ai.request.model',
  requestTemperature: 'gen_ai.request.temperature',
  requestTopP: 'gen_ai.request.top_p',
  requestFrequencyPenalty: 'gen_ai.request.frequency_penalty',
  requestPresencePenalty: 'gen_ai.request.presence_penalty',
  requestMaxTokens: 'gen_ai.request.max_tokens',
  requestSeed: 'gen_ai.request.seed',
  requestStopSequences: 'gen_ai.request.stop_sequences',
  requestChoiceCount: 'gen_ai.request.choice.count',
  requestStream: 'gen_ai.request.stream',
  responseId: 'gen_ai.response.id',
  responseFinishReasons: 'gen_ai.response.finish_reasons',
  responseTimeToFirstChunk: 'gen_ai.response.time_to_first_chunk',
  usageInputTokens: 'gen_ai.usage.input_tokens',
  usageOutputTokens: 'gen_ai.usage.output_tokens',
  usageCacheReadInputTokens: 'gen_ai.usage.cache_read.input_tokens',
  usageCacheWriteInputTokens: 'gen_ai.usage.cache_write.input_tokens',
  /** The name of `cache_write` in the conventions up to v1.41, which viewers still read. */
  usageCacheCreationInputTokens: 'gen_ai.usage.cache_creation.input_tokens',
  usageReasoningOutputTokens: 'gen_ai.usage.reasoning.output_tokens',
  toolName: 'gen_ai.tool.name',
  toolType: 'gen_ai.tool.type',
  toolCallArguments: 'gen_ai.tool.call.arguments',
  toolCallResult: 'gen_ai.tool.call.result',
  memoryQueryText: 'gen_ai.memory.query.text',
  memoryRecordCount: 'gen_ai.memory.record.count',
  memoryRecords: 'gen_ai.memory.records',
  retrievalQueryText: 'gen_ai.retrieval.query.text',
  evaluationResult: 'gen_ai.evaluation.result',
  evaluationName: 'gen_ai.evaluation.name',
  evaluationScoreValue: 'gen_ai.evaluation.score.value',
  evaluationExplanation: 'gen_ai.evaluation.explanation',
} as const;

export const STANDARD = {
  errorType: 'error.type',
  exception: 'exception',
  exceptionType: 'exception.type',
  exceptionMessage: 'exception.message',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  networkTransport: 'network.transport',
  networkProtocolName: 'network.protocol.name',
  mcpMethodName: 'mcp.method.name',
} as const;

/** What crewspan says of its own work. */
export const CREWSPAN = {
  family: 'crewspan.family',
  parent: 'crewspan.parent',
  pairing: 'crewspan.pairing',
  incomplete: 'crewspan.incomplete',
  clamped: 'crewspan.clamped',
  link: 'crewspan.link',
  usageInputTokens: 'crewspan.usage.input_tokens',
  usageOutputTokens: 'crewspan.usage.output_tokens',
  llmCalls: 'crewspan.llm_calls',
  toolCalls: 'crewspan.tool_calls',
  failedOperations: 'crewspan.failed_operations',
} as const;

/** What CrewAI says of every event and every operation. A family's own names stand in its file. */
export const CREWAI = {
  executionUuid: 'crewai.execution_uuid',
  eventName: 'crewai.event_name',
  eventId: 'crewai.event.id',
  eventEndId: 'crewai.event.end_id',
  parentEventId: 'crewai.parent_event_id',
  crewName: 'crewai.crew.name',
  flowName: 'crewai.flow.name',
  flowPaused: 'crewai.flow.paused',
  taskId: 'crewai.task.id',
  taskName: 'crewai.task.name',
  agentId: 'crewai.agent.id',
  agentRole: 'crewai.agent.role',
  sourceFingerprint: 'crewai.source.fingerprint',
  sourceType: 'crewai.source.type',
} as const;
