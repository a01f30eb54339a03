/**
 * Messages in the shape of the GenAI conventions: `[{role, parts, name?}]`, an output message with its `finish_reason`
 * (required up to v1.41, and viewers validate by that).
 */
import { asList, asObject, asText, field, type JsonObject } from '../../crewai/readers.ts';
import { type Bounded, toJson } from '../json.ts';
import { isEmpty } from '../sheet.ts';
import { fitMessages } from './fit.ts';
import { type Message, type Part, type Role, readParts, readToolCall, toolResponse } from './parts.ts';
import { unquoted } from './python-literal.ts';

/** What went in: a conversation, or anything else as one user text. */
export function inputMessages(value: unknown, limit: number): Bounded | undefined {
  const list = asList(value) ?? (field(value, 'role') === undefined ? undefined : [value]);
  if (list === undefined) return textMessage({ role: 'user' }, value, limit);
  return fitted(
    list.flatMap(item => readMessage(item) ?? []),
    limit,
  );
}

/** What came out, as one assistant message: a text, tool calls, or the blocks of a message. */
export function outputMessages(value: unknown, finishReason: string, limit: number): Bounded | undefined {
  const head = { role: 'assistant', finish_reason: finishReason } as const;
  const parts = readOutput(value);
  return parts === undefined ? textMessage(head, value, limit) : fitted([{ ...head, parts }], limit);
}

/** Instructions have parts, but no message around them. */
export function systemInstructions(text: string, limit: number): Bounded {
  return toJson([{ type: 'text', content: text }], limit);
}

type Head = Omit<Message, 'parts'>;

/** A message of one text: a string as it is, any other value as its JSON. */
function textMessage(head: Head, value: unknown, limit: number): Bounded | undefined {
  if (isEmpty(value)) return undefined;
  if (typeof value === 'string') return fitted([{ ...head, parts: [{ type: 'text', content: value }] }], limit);
  const json = toJson(value, limit);
  const whole = fitted([{ ...head, parts: [{ type: 'text', content: json.text }] }], limit);
  const lost = json.cutFrom === undefined ? 0 : json.cutFrom - Buffer.byteLength(json.text);
  if (whole === undefined || lost <= 0) return whole;
  return { text: whole.text, cutFrom: (whole.cutFrom ?? Buffer.byteLength(whole.text)) + lost };
}

function fitted(messages: readonly Message[], limit: number): Bounded | undefined {
  return messages.length === 0 ? undefined : fitMessages(messages, limit);
}

function readMessage(value: unknown): Message | undefined {
  if (typeof value === 'string') return value === '' ? undefined : { role: 'user', parts: readParts(value) };
  const message = asObject(value);
  if (message === undefined) return undefined;
  const role = readRole(field(message, 'role'));
  const parts = role === 'tool' ? toolParts(message) : messageParts(message);
  if (parts.length === 0) return undefined;
  const name = asText(field(message, 'name'));
  return name === undefined || role === 'tool' ? { role, parts } : { role, parts, name };
}

const ROLES: ReadonlyMap<string, Role> = new Map<string, Role>([
  ['system', 'system'],
  ['developer', 'system'],
  ['user', 'user'],
  ['human', 'user'],
  ['assistant', 'assistant'],
  ['ai', 'assistant'],
  ['model', 'assistant'],
  ['tool', 'tool'],
  ['function', 'tool'],
]);

function readRole(value: unknown): Role {
  return ROLES.get(unquoted(asText(value) ?? '').toLowerCase()) ?? 'user';
}

function messageParts(message: JsonObject): readonly Part[] {
  const calls = asList(field(message, 'tool_calls')) ?? [];
  return [...readParts(field(message, 'content')), ...calls.flatMap(call => readToolCall(call) ?? unreadCall(call))];
}

/** A call in a spelling that is not known is still worth showing. */
function unreadCall(call: unknown): readonly Part[] {
  return isEmpty(call) ? [] : [{ type: 'generic', generic_type: 'tool_call', content: call }];
}

function toolParts(message: JsonObject): readonly Part[] {
  return [toolResponse(field(message, 'tool_call_id'), field(message, 'content'))];
}

/** `undefined` where the value is none of the known shapes. */
function readOutput(value: unknown): readonly Part[] | undefined {
  if (field(value, 'content') !== undefined || field(value, 'tool_calls') !== undefined) {
    const message = asObject(value);
    const parts = message === undefined ? [] : messageParts(message);
    return parts.length === 0 ? undefined : parts;
  }
  const items = asList(value);
  if (items === undefined || items.length === 0) return undefined;
  const parts = items.map(readOutputItem);
  return parts.every(part => part !== undefined) ? parts : undefined;
}

function readOutputItem(item: unknown): Part | undefined {
  const call = readToolCall(item);
  if (call !== undefined) return call;
  if (asText(field(item, 'type')) === undefined) return undefined;
  return readParts([item])[0];
}
