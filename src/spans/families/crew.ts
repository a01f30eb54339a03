import { SpanKind } from '@opentelemetry/api';
import type { OperationKind } from '../../crewai/catalogue.ts';
import { asText, field, type JsonObject } from '../../crewai/readers.ts';
import { CREWAI, GEN_AI } from '../attributes.ts';
import { inputMessages, outputMessages } from '../content/messages.ts';
import { putBuilt, putContent, putInteger, putJson, putName, putText } from '../sheet.ts';
import type { OperationShape } from './shape.ts';

/** CrewAI's name of a crew that was given none. The conventions ask to leave out names that are constants. */
const DEFAULT_NAME = 'crew';

export function crew(kind: OperationKind): OperationShape {
  switch (kind.base) {
    case 'crew_train':
      return { ...PRACTICE, title: 'train_crew' };
    case 'crew_test':
      return { ...PRACTICE, title: 'test_crew' };
    default:
      return KICKOFF;
  }
}

const NAMING = {
  spanKind: SpanKind.INTERNAL,
  target: (data: JsonObject) => givenName(asText(data['crew_name'])),
  inheritedTarget: ({ crewName }: { readonly crewName?: string | undefined }) => givenName(crewName),
};

const KICKOFF: OperationShape = {
  ...NAMING,
  title: 'invoke_workflow',
  fixed: { [GEN_AI.operationName]: 'invoke_workflow' },
  about(sheet, data) {
    const name = givenName(asText(data['crew_name']));
    putName(sheet, GEN_AI.agentName, name);
    putName(sheet, GEN_AI.workflowName, name);
    putName(sheet, CREWAI.crewName, data['crew_name']);
    putContent(sheet, 'crewai.crew.inputs', data['inputs']);
    putBuilt(sheet, GEN_AI.inputMessages, limit => inputMessages(data['inputs'], limit));
  },
  result(sheet, data) {
    const output = readOutput(data);
    putContent(sheet, 'crewai.crew.output', output);
    putBuilt(sheet, GEN_AI.outputMessages, limit => outputMessages(output, 'stop', limit));
    const usage = field(data['output'], 'token_usage');
    putInteger(sheet, 'crewai.crew.total_tokens', data['total_tokens'] ?? field(usage, 'total_tokens'));
    putJson(sheet, 'crewai.crew.usage_metrics', usage);
  },
};

const PRACTICE: Omit<OperationShape, 'title'> = {
  ...NAMING,
  about(sheet, data) {
    putName(sheet, CREWAI.crewName, data['crew_name']);
    putInteger(sheet, 'crewai.crew.n_iterations', data['n_iterations']);
    putText(sheet, 'crewai.crew.filename', data['filename']);
    putText(sheet, 'crewai.crew.eval_llm', readModel(data['eval_llm']));
    putContent(sheet, 'crewai.crew.inputs', data['inputs']);
  },
};

/** The raw text of a crew's or a task's output, in the full form of the event or in the reduced one. */
export function readOutput(data: JsonObject): unknown {
  return field(data['output'], 'raw') ?? data['output_raw'] ?? data['output'];
}

const MODEL_NAME = /^[\w.:/@-]{1,256}$/;

/**
 * The model of an LLM that is an object, or a string. Where a string is no model's name, it is the `repr()` of an
 * object, which may hold its API key.
 */
export function readModel(llm: unknown): string | undefined {
  const text = asText(field(llm, 'model')) ?? asText(llm);
  return text !== undefined && MODEL_NAME.test(text) ? text : undefined;
}

function givenName(name: string | undefined): string | undefined {
  return name?.trim() === DEFAULT_NAME ? undefined : name;
}
