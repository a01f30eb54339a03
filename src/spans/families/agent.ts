import { SpanKind } from '@opentelemetry/api';
import { asText, field, type JsonObject } from '../../crewai/readers.ts';
import { CREWAI, GEN_AI } from '../attributes.ts';
import { toolDefinitions } from '../content/definitions.ts';
import { inputMessages, outputMessages, systemInstructions } from '../content/messages.ts';
import { putBounded, putBuilt, putContent, putName, putText, type Sheet } from '../sheet.ts';
import { readModel } from './crew.ts';
import type { OperationShape } from './shape.ts';

/**
 * An agent at work on a task. No model and no usage, though the conventions allow both here: viewers would count an LLM
 * call more, and every token twice.
 */
export const agent: OperationShape = {
  title: 'invoke_agent',
  spanKind: SpanKind.INTERNAL,
  fixed: { [GEN_AI.operationName]: 'invoke_agent' },
  target: data => profileOf(data).role,
  inheritedTarget: context => context.agentRole,
  namesAgent: true,
  about(sheet, data) {
    putProfile(sheet, data);
    const prompt = data['task_prompt'] ?? data['messages'];
    putBuilt(sheet, GEN_AI.inputMessages, limit => inputMessages(prompt, limit));
  },
  result(sheet, data) {
    const output = field(data['output'], 'raw') ?? data['output'];
    putBuilt(sheet, GEN_AI.outputMessages, limit => outputMessages(output, 'stop', limit));
  },
  settle: ({ calls }) => ({
    'crewai.agent.llm_calls_count': calls.llm,
    'crewai.agent.tool_calls_count': calls.tool,
  }),
};

/** An agent that was kicked off by itself: `Agent.kickoff()`, or an LLM guardrail. */
export const liteAgent: OperationShape = { ...agent, fixed: { ...agent.fixed, 'crewai.agent.lite': true } };

interface Profile {
  readonly role: string | undefined;
  readonly goal: string | undefined;
  readonly backstory: string | undefined;
}

/** Three forms: the whole agent, the few fields of a lite agent, and the flat fields of a reduced event. */
function profileOf(data: JsonObject): Profile {
  const own = ownObject(data);
  const read = (key: string): string | undefined => asText(field(own, key)) ?? asText(field(data, `agent_${key}`));
  return { role: read('role'), goal: read('goal'), backstory: read('backstory') };
}

function ownObject(data: JsonObject): unknown {
  return data['agent'] ?? data['agent_info'];
}

function putProfile(sheet: Sheet, data: JsonObject): void {
  const { role, goal, backstory } = profileOf(data);
  const own = ownObject(data);
  putName(sheet, GEN_AI.agentName, role);
  putName(sheet, GEN_AI.agentDescription, goal);
  putName(sheet, CREWAI.agentRole, role);
  putText(sheet, CREWAI.agentId, field(own, 'id') ?? data['agent_id']);
  putText(sheet, 'crewai.agent.key', field(own, 'key') ?? data['agent_key']);
  putText(sheet, 'crewai.agent.llm', readModel(field(own, 'llm')));
  putContent(sheet, 'crewai.agent.goal', goal);
  putContent(sheet, 'crewai.agent.backstory', backstory);
  if (backstory !== undefined)
    putBuilt(sheet, GEN_AI.systemInstructions, limit => systemInstructions(backstory, limit));
  putTools(sheet, data['tools']);
}

/** Which tools an agent has is no content; what they are said to do is. */
function putTools(sheet: Sheet, tools: unknown): void {
  const { captureContent, contentLengthLimit } = sheet.settings;
  const built = toolDefinitions(tools, captureContent, contentLengthLimit);
  if (built !== undefined) putBounded(sheet, GEN_AI.toolDefinitions, built);
}
