import { withoutRemoteId } from './a2a-ids.ts';
import type { Family, OperationKind } from './catalogue.ts';
import { roleOf } from './catalogue.ts';
import { COMMON_FIELDS } from './common-fields.ts';
import type { IncomingEvent } from './event.ts';
import type { EventFacts } from './facts.ts';
import { digestArguments, digestMessages } from './likeness.ts';
import { readContext } from './read-context.ts';
import { asId, asNumber, asObject, asText, field, type JsonObject } from './readers.ts';
import { beginningOf, shared } from './shared-texts.ts';
import { readTimestamp } from './timestamp.ts';
import { readCaller } from './trace-context.ts';
import { readUsage } from './usage.ts';

/** Flows that CrewAI runs inside agents and memory. They are machinery, not what the user wrote. */
const INFRASTRUCTURE_FLOWS: ReadonlySet<string> = new Set(['AgentExecutor', 'EncodingFlow', 'RecallFlow']);

/** Longer values are no use to tell two operations apart by, and would stay on the heap. */
const MAX_SUBJECT = 256;

const NOTHING: JsonObject = {};

/** The inputs of a kickoff that tell where the run belongs. */
export interface InputNames {
  /** Carries the `traceparent` of whoever started it. */
  readonly caller: string;
  /** Carries the id of the conversation that it is a part of. */
  readonly conversation?: string | undefined;
}

const USUAL_INPUTS: InputNames = { caller: 'traceparent' };

/** Reads what assembly needs of an event. Never throws, whatever `data` is. */
export function readFacts(event: IncomingEvent, inputs: InputNames = USUAL_INPUTS): EventFacts {
  const data = asObject(event.data) ?? NOTHING;
  const role = roleOf(event.type);
  const kind = role.is === 'start' || role.is === 'end' ? role.kind : undefined;
  const likeness = kind && !hasPairingId(data) ? readLikeness(kind, data) : NO_LIKENESS;
  return {
    id: readId(data, 'event_id') ?? shared(event.id),
    executionId: shared(event.executionId),
    type: shared(event.type),
    role,
    time: event.time,
    sequence: asNumber(data['emission_sequence']),
    parentId: readId(data, 'parent_event_id'),
    startedId: readId(data, 'started_event_id'),
    // A custom event may well have a field of that name.
    callId: kind?.family === 'llm' || role.is === 'chunk' ? readId(data, 'call_id') : undefined,
    previousId: readId(data, 'previous_event_id'),
    context: readContext(kind?.family === 'a2a' ? withoutRemoteId(kind, data) : data, inputs.conversation),
    subject: readSubject(kind?.family ?? (role.is === 'mark' ? role.follows : undefined), data),
    fields: kind && !kind.scoped ? readFields(data) : undefined,
    args: likeness.args,
    messages: likeness.messages,
    runsTools: role.is === 'start' && runsTools(role.kind, data),
    transparent: kind?.family === 'flow' && INFRASTRUCTURE_FLOWS.has(asText(data['flow_name']) ?? ''),
    failed: role.is === 'end' && saysFailed(role.kind, data),
    elapsed: role.is === 'end' ? readElapsed(data) : undefined,
    usage: role.is === 'end' && role.kind.family === 'llm' ? readUsage(data) : undefined,
    caller: role.is === 'start' && role.kind.canBeRoot ? readCaller(data['inputs'], inputs.caller) : undefined,
    flowId: kind?.family === 'flow' || kind?.family === 'method' ? readFlowId(data) : undefined,
  };
}

function readId(data: JsonObject, key: string): string | undefined {
  return shared(asId(data[key]));
}

function readSubject(family: Family | undefined, data: JsonObject): string | undefined {
  const text = subjectOf(family, data);
  return text === undefined ? undefined : shared(beginningOf(text, MAX_SUBJECT));
}

function subjectOf(family: Family | undefined, data: JsonObject): string | undefined {
  switch (family) {
    case 'crew':
      return asText(data['crew_name']);
    case 'flow':
      return asText(data['flow_name']);
    case 'method':
      return asText(data['method_name']);
    case 'tool':
      return asText(data['tool_name']);
    case 'mcp':
      return [data['server_name'], data['tool_name']].map(value => asText(value) ?? '').join('/');
    case 'llm':
      return asText(data['model']);
    case 'memory':
      return asText(data['source_type']);
    case 'a2a':
      return asText(data['endpoint']);
    case 'reasoning':
      return asId(data['attempt']);
    case 'guardrail':
      return asId(data['retry_count']);
    default:
      return undefined;
  }
}

/** They tell nothing of what a custom operation is about. */
const COMMON: ReadonlySet<string> = new Set(COMMON_FIELDS);
const MAX_FIELDS = 16;

/** The short scalar fields of an event whose pairs CrewAI gives no ids: what start and end share tells them apart. */
function readFields(data: JsonObject): Readonly<Record<string, string>> {
  const fields: [string, string][] = [];
  for (const key of Object.keys(data)) {
    if (fields.length === MAX_FIELDS) break;
    const value = data[key];
    const scalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    if (!scalar || COMMON.has(key) || key.length > MAX_SUBJECT) continue;
    const text = String(value);
    if (text.length <= MAX_SUBJECT) fields.push([key, text]);
  }
  return Object.fromEntries(fields);
}

const NO_LIKENESS = { args: undefined, messages: undefined };

/** CrewAI since 1.15 names the start in every end of a scope, and a call by its id: nothing needs to be compared. */
function hasPairingId(data: JsonObject): boolean {
  return Object.hasOwn(data, 'started_event_id') || asId(data['call_id']) !== undefined;
}

function readLikeness(kind: OperationKind, data: JsonObject): Pick<EventFacts, 'args' | 'messages'> {
  switch (kind.family) {
    case 'tool':
    case 'mcp':
      return { args: digestArguments(data['tool_args']), messages: undefined };
    case 'memory':
      return { args: digestArguments(data['query']), messages: undefined };
    case 'llm':
      return { args: undefined, messages: digestMessages(data['messages']) };
    default:
      return NO_LIKENESS;
  }
}

function runsTools(kind: OperationKind, data: JsonObject): boolean {
  if (kind.family !== 'llm') return false;
  const functions = data['available_functions'];
  return typeof functions === 'object' && functions !== null && Object.keys(functions).length > 0;
}

function saysFailed(kind: OperationKind, data: JsonObject): boolean {
  switch (kind.family) {
    case 'tool':
      return asObject(data['failure']) !== undefined;
    case 'a2a':
      return data['status'] === 'failed';
    case 'plan_step':
      return data['success'] === false;
    default:
      return false;
  }
}

/** A flow keeps its state's id over a pause, and its events name it in either place. */
function readFlowId(data: JsonObject): string | undefined {
  return asId(data['flow_id']) ?? asId(field(data['state'], 'id'));
}

/** Thirty days: more is no duration but a mistake. */
const MAX_ELAPSED_MS = 30 * 86_400_000;
const ELAPSED_MS = /(?:^|_)(?:time|duration)_ms$/;

/**
 * In microseconds. `started_at` and `finished_at` are naive local times in every version of CrewAI: only their
 * difference means anything.
 */
function readElapsed(data: JsonObject): number | undefined {
  const from = readTimestamp(asText(data['started_at']));
  if (from !== undefined) {
    const to = readTimestamp(asText(data['finished_at'] ?? data['completed_at'] ?? data['failed_at']));
    if (to !== undefined && to >= from) return to - from;
  }
  for (const key of Object.keys(data)) {
    const ms = key.endsWith('_ms') && ELAPSED_MS.test(key) ? asNumber(data[key]) : undefined;
    if (ms !== undefined && ms >= 0 && ms <= MAX_ELAPSED_MS) return Math.round(ms * 1000);
  }
  return undefined;
}
