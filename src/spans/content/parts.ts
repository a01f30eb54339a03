/**
 * The parts of a message as the GenAI conventions define them (`gen_ai.input.messages`, JSON schema of v1.41 and
 * later). A viewer that validates drops the whole array for one malformed item, so each part is made here from checked
 * fields, and none is passed through.
 */
import { asList, asObject, asText, field, type JsonObject } from '../../crewai/readers.ts';
import { jsonOrText } from '../../json-text.ts';
import { isEmpty } from '../sheet.ts';
import { readPythonLiteral, revived, unquoted } from './python-literal.ts';

export type Role = 'system' | 'user' | 'assistant' | 'tool';

export interface Message {
  readonly role: Role;
  readonly parts: readonly Part[];
  readonly name?: string;
  readonly finish_reason?: string;
}

export type Part =
  | { readonly type: 'text' | 'reasoning'; readonly content: string }
  | { readonly type: 'tool_call'; readonly id?: string; readonly name: string; readonly arguments: unknown }
  | { readonly type: 'tool_call_response'; readonly id?: string; readonly response: unknown }
  | { readonly type: 'blob'; readonly modality: Modality; readonly mime_type?: string; readonly content: string }
  | { readonly type: 'uri'; readonly modality: Modality; readonly uri: string }
  | { readonly type: 'file'; readonly modality: Modality; readonly file_id: string }
  | { readonly type: 'generic'; readonly generic_type: string; readonly content: unknown };

type Modality = 'image' | 'video' | 'audio' | 'document';

/** What a message's `content` holds: a text, or a list of typed blocks in the spellings of OpenAI and Anthropic. */
export function readParts(content: unknown): readonly Part[] {
  if (isEmpty(content)) return [];
  if (typeof content === 'string') return [{ type: 'text', content }];
  const blocks = asList(content) ?? [content];
  return blocks.flatMap(block => readBlock(block) ?? []);
}

/**
 * A tool call in the spelling of OpenAI or Anthropic, or as `repr()` of it. A name alone makes none: a structured
 * answer may well have a field `name`.
 */
export function readToolCall(value: unknown): Part | undefined {
  const call = typeof value === 'string' ? readPythonLiteral(value) : value;
  const called = asObject(field(call, 'function')) ?? call;
  const name = asText(field(called, 'name'));
  const given = field(called, 'arguments') ?? field(called, 'input');
  if (name === undefined || (given === undefined && called === call)) return undefined;
  return { type: 'tool_call', ...idOf(field(call, 'id')), name: unquoted(name), arguments: readArguments(given ?? {}) };
}

export function toolResponse(id: unknown, response: unknown): Part {
  return { type: 'tool_call_response', ...idOf(id), response: response ?? '' };
}

/** Arguments come as JSON text, as `repr()` of JSON text, or as an object; text that is no JSON stays text. */
export function readArguments(value: unknown): unknown {
  return typeof value === 'string' ? jsonOrText(unquoted(value)) : revived(value);
}

function idOf(value: unknown): { readonly id?: string } {
  const id = asText(value);
  return id === undefined ? {} : { id: unquoted(id) };
}

function readBlock(value: unknown): Part | undefined {
  if (typeof value === 'string') return value === '' ? undefined : { type: 'text', content: value };
  const block = asObject(value);
  if (block === undefined) return undefined;
  const type = unquoted(asText(field(block, 'type')) ?? 'text');
  return readKnownBlock(type, block) ?? { type: 'generic', generic_type: type.slice(0, 64), content: block };
}

function readKnownBlock(type: string, block: JsonObject): Part | undefined {
  switch (type) {
    case 'text':
    case 'input_text':
    case 'output_text':
      return textPart('text', field(block, 'text') ?? field(block, 'content'));
    case 'thinking':
    case 'reasoning':
      return textPart('reasoning', field(block, 'thinking') ?? field(block, 'text') ?? field(block, 'content'));
    case 'tool_use':
    case 'tool_call':
    case 'function':
      return readToolCall(block);
    case 'tool_result':
      return toolResponse(field(block, 'tool_use_id'), field(block, 'content'));
    case 'image_url':
      return linkPart('image', field(field(block, 'image_url'), 'url') ?? field(block, 'image_url'));
    case 'image':
    case 'document':
      return sourcePart(type, field(block, 'source'));
    case 'input_audio':
      return blobPart('audio', field(field(block, 'input_audio'), 'data'), undefined);
    case 'file':
      return filePart(field(field(block, 'file'), 'file_id') ?? field(block, 'file_id'));
    default:
      return undefined;
  }
}

function textPart(type: 'text' | 'reasoning', value: unknown): Part | undefined {
  const content = asText(value);
  return content === undefined ? undefined : { type, content: unquoted(content) };
}

const DATA_URI = /^data:([\w.+-]+\/[\w.+-]+)?(?:;[\w=.-]+)*;base64,/;

function linkPart(modality: Modality, value: unknown): Part | undefined {
  const given = asText(value);
  if (given === undefined) return undefined;
  const uri = unquoted(given);
  const data = DATA_URI.exec(uri.slice(0, 256));
  return data === null ? { type: 'uri', modality, uri } : blobPart(modality, uri.slice(data[0].length), data[1]);
}

function sourcePart(modality: Modality, source: unknown): Part | undefined {
  const url = field(source, 'url');
  if (url !== undefined) return linkPart(modality, url);
  return blobPart(modality, field(source, 'data'), asText(field(source, 'media_type')));
}

function blobPart(modality: Modality, value: unknown, mimeType: string | undefined): Part | undefined {
  const content = asText(value);
  if (content === undefined) return undefined;
  return {
    type: 'blob',
    modality,
    ...(mimeType === undefined ? {} : { mime_type: unquoted(mimeType) }),
    content: unquoted(content),
  };
}

function filePart(value: unknown): Part | undefined {
  const fileId = asText(value);
  return fileId === undefined ? undefined : { type: 'file', modality: 'document', file_id: unquoted(fileId) };
}
