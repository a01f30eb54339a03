import { SpanKind } from '@opentelemetry/api';
import { asId, asList, asText, field, type JsonObject, unquotePython } from '../../crewai/readers.ts';
import { CREWAI, GEN_AI } from '../attributes.ts';
import { inputMessages, outputMessages } from '../content/messages.ts';
import { looksLikeName } from '../inherited.ts';
import { putBuilt, putContent, putInteger, putName, putText } from '../sheet.ts';
import { readOutput } from './crew.ts';
import type { OperationShape } from './shape.ts';

export const task: OperationShape = {
  title: 'execute_task',
  spanKind: SpanKind.INTERNAL,
  fixed: { [GEN_AI.operationName]: 'execute_task' },
  target: readName,
  about(sheet, data) {
    const description = readDescription(data);
    const context = asText(data['context']);
    putText(sheet, CREWAI.taskId, asId(field(data['task'], 'id')) ?? asId(data['task_id']));
    putName(sheet, CREWAI.taskName, readName(data));
    putContent(sheet, 'crewai.task.description', description);
    putContent(sheet, 'crewai.task.expected_output', field(data['task'], 'expected_output') ?? data['expected_output']);
    putContent(sheet, 'crewai.task.context', context);
    putBuilt(sheet, GEN_AI.inputMessages, limit =>
      inputMessages([description, context].filter(text => text !== undefined).join('\n\n'), limit),
    );
  },
  result(sheet, data) {
    const output = readOutput(data);
    putContent(sheet, 'crewai.task.output', output);
    putBuilt(sheet, GEN_AI.outputMessages, limit => outputMessages(output, 'stop', limit));
    putText(sheet, 'crewai.task.output_format', readFormat(data));
    const failures = asList(field(data['output'], 'tool_failures'));
    if (failures !== undefined && failures.length > 0)
      putInteger(sheet, 'crewai.task.tool_failures.count', failures.length);
  },
};

function readDescription(data: JsonObject): string | undefined {
  return asText(field(data['task'], 'description')) ?? asText(data['task_description']);
}

/**
 * CrewAI calls a task without a name by its description, which is prompt text. Where an event shows both, they are
 * compared; where it shows the name alone, it must look like one.
 */
function readName(data: JsonObject): string | undefined {
  const name = asText(field(data['task'], 'name')) ?? asText(data['task_name']);
  if (name === undefined) return undefined;
  const description = readDescription(data);
  if (description === undefined) return looksLikeName(name) ? name : undefined;
  return name.trim() === description.trim() ? undefined : name;
}

/** `raw`, from `raw`, `OutputFormat.RAW` or `<OutputFormat.RAW: 'raw'>`. */
function readFormat(data: JsonObject): string | undefined {
  const format = asText(field(data['output'], 'output_format') ?? data['output_format']);
  return format === undefined
    ? undefined
    : unquotePython(format)
        .replace(/^OutputFormat\./, '')
        .toLowerCase();
}
