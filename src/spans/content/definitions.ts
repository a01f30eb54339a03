/** Lists of tools and of memory records in the shapes of the GenAI conventions. */
import { asList, asNumber, asObject, asText, field } from '../../crewai/readers.ts';
import type { Bounded } from '../json.ts';
import { isEmpty } from '../sheet.ts';
import { fitItems } from './fit.ts';
import { readPythonLiteral, revived, unquoted } from './python-literal.ts';

interface ToolDefinition {
  readonly type: 'function';
  readonly name: string;
  readonly description?: string;
  readonly parameters?: unknown;
}

/**
 * `gen_ai.tool.definitions`. Type and name are what the conventions require; description and parameters are prompt
 * text, and come only `inFull`.
 */
export function toolDefinitions(value: unknown, inFull: boolean, limit: number): Bounded | undefined {
  const tools = (asList(value) ?? []).flatMap(tool => readTool(tool, inFull) ?? []);
  return tools.length === 0 ? undefined : fitItems(tools, limit);
}

function readTool(value: unknown, inFull: boolean): ToolDefinition | undefined {
  const tool = asObject(field(value, 'function')) ?? asObject(value);
  const given = asText(field(tool, 'name'));
  if (given === undefined) return undefined;
  const name = unquoted(given);
  if (!inFull) return { type: 'function', name };
  const description = asText(field(tool, 'description'));
  const parameters = revived(field(tool, 'parameters') ?? field(tool, 'input_schema'));
  return {
    type: 'function',
    name,
    ...(description === undefined ? {} : { description: unquoted(description) }),
    ...(asObject(parameters) === undefined ? {} : { parameters }),
  };
}

interface MemoryRecord {
  readonly content: string;
  readonly id?: string;
  readonly score?: number;
  readonly metadata?: unknown;
}

/** `gen_ai.memory.records` of a search's results: the record with its score since 1.15, flat fields before. */
export function foundRecords(value: unknown, limit: number): Bounded | undefined {
  const records = (asList(value) ?? []).flatMap(result => readRecord(result) ?? []);
  return records.length === 0 ? undefined : fitItems(records, limit);
}

/** `gen_ai.memory.records` of one value that is saved. */
export function savedRecord(content: unknown, metadata: unknown, limit: number): Bounded | undefined {
  const text = asText(content);
  if (text === undefined) return undefined;
  return fitItems([{ content: text, ...(isEmpty(metadata) ? {} : { metadata }) }], limit);
}

function readRecord(result: unknown): MemoryRecord | undefined {
  const given = field(result, 'record') ?? result;
  const record = typeof given === 'string' ? (readPythonLiteral(given) ?? given) : given;
  const content =
    typeof record === 'string'
      ? record
      : asText(field(record, 'content') ?? field(record, 'context') ?? field(record, 'memory'));
  if (content === undefined) return undefined;
  const id = asText(field(record, 'id'));
  const score = asNumber(field(result, 'score'));
  const metadata = revived(field(record, 'metadata'));
  return {
    content: unquoted(content),
    ...(id === undefined ? {} : { id: unquoted(id) }),
    ...(score === undefined ? {} : { score }),
    ...(isEmpty(metadata) ? {} : { metadata }),
  };
}
