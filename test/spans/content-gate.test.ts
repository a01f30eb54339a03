/** Content leaves only when asked for: a canary in every field that holds content must not be seen on any span. */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { IncomingEvent } from '../../src/crewai/event.ts';
import { readFacts } from '../../src/crewai/read-facts.ts';
import { FAMILY_CASES, recorded } from './cases.ts';
import { build, event, everything, SETTINGS, WITH_CONTENT } from './support.ts';

const CANARY = 'zzCANARYzz';

/** Fields that say what something is, and not what was said to it: the only strings that may leave without content. */
const PLAIN = new Set([
  ...['timestamp', 'type', 'source_fingerprint', 'source_type', 'event_id', 'parent_event_id', 'previous_event_id'],
  ...['triggered_by_event_id', 'started_event_id', 'task_id', 'task_name', 'agent_id', 'agent_role', 'agent_key'],
  ...['crew_name', 'flow_name', 'flow_id', 'method_name', 'tool_name', 'tool_class', 'model', 'eval_llm', 'filename'],
  ...[
    'call_id',
    'call_type',
    'finish_reason',
    'response_id',
    'response_model',
    'stop_sequences',
    'started_at',
    'finished_at',
  ],
  ...[
    'completed_at',
    'failed_at',
    'error_type',
    'emit',
    'outcome',
    'request_id',
    'policy',
    'output_format',
    'token_usage',
  ],
  ...['server_name', 'server_url', 'transport_type', 'session_id', 'context_id', 'endpoint', 'endpoints', 'status'],
  ...['a2a_agent_name', 'agent_card', 'protocol_version', 'skill_id', 'skill_name', 'skill_names', 'skill_path'],
  ...['search_path', 'location', 'provider', 'trigger', 'guardrail_type', 'metric_category', 'tool_to_use'],
  // Of objects inside: the agent's and the task's own names, and the description that is public by its nature.
  ...['id', 'name', 'role', 'key', 'goal', 'agent_goal', 'llm', 'reason', 'code'],
]);

/** Puts the canary behind every string that is content; behind the first line of an error. */
function withCanary(value: unknown, key = ''): unknown {
  if (typeof value === 'string')
    return key === 'error' || key === 'message' ? `${value}\n${CANARY}` : `${value} ${CANARY}`;
  if (Array.isArray(value)) return value.map(item => withCanary(item, key));
  if (typeof value !== 'object' || value === null) return value;
  const named = Object.entries(value).map(([name, item]) => [
    name,
    isPlain(name, value) ? item : withCanary(item, name),
  ]);
  return Object.fromEntries(named);
}

/** A guardrail that is a function has a name; one that is an LLM is named by its instructions. */
function isPlain(name: string, within: object): boolean {
  if (name === 'guardrail_name') return 'guardrail_type' in within && within.guardrail_type === 'function';
  return PLAIN.has(name);
}

function tainted(incoming: IncomingEvent): IncomingEvent {
  return { ...incoming, data: withCanary(incoming.data) };
}

const RECORDINGS = readdirSync(new URL('../recordings/1.15.30/', import.meta.url))
  .filter(file => file.endsWith('.jsonl'))
  .map(file => file.slice(0, -'.jsonl'.length));

describe.each(RECORDINGS)('%s', name => {
  const events = recorded(name).map(tainted);

  test('leaks nothing', () => {
    for (const incoming of events) {
      const { role } = readFacts(incoming);
      const given =
        role.is === 'start' || role.is === 'end' ? { [role.is]: incoming } : { start: event('crew_kickoff_started') };
      const span = build({ ...given, marks: [incoming] }, SETTINGS);
      expect(everything(span), incoming.type).not.toContain(CANARY);
    }
  });
});

describe.each(Object.entries(FAMILY_CASES))('%s', (_, cases) => {
  test.each(Object.entries(cases))('%s leaks nothing', (_name, { start, end, marks = [], operation }) => {
    const given = {
      ...(start && { start: tainted(start) }),
      ...(end && { end: tainted(end) }),
      marks: marks.map(tainted),
      ...(operation && { operation }),
    };
    expect(everything(build(given, SETTINGS))).not.toContain(CANARY);
  });
});

test('the canary is seen where content may leave', () => {
  const seen = Object.entries(FAMILY_CASES).filter(([, cases]) =>
    Object.values(cases).some(({ start, end }) => {
      const given = { ...(start && { start: tainted(start) }), ...(end && { end: tainted(end) }) };
      return everything(build(given, WITH_CONTENT)).includes(CANARY);
    }),
  );
  expect(seen.map(([family]) => family)).toEqual(Object.keys(FAMILY_CASES));
});

test('a task without a name is not named by its description', () => {
  const description = `Find ${CANARY}`;
  const full = { task: { id: 't', name: null, description }, task_id: 't', task_name: description };
  const reduced = { task_id: 't', task_name: description, task_description: description };
  const alone = { task_id: 't', task_name: description, task: null };
  for (const data of [full, reduced, alone]) {
    expect(everything(build({ start: event('task_started', data) }))).not.toContain(CANARY);
    expect(everything(build({ start: event('llm_call_started', data) }))).not.toContain(CANARY);
  }
});

test('an LLM guardrail is not named by its instructions', () => {
  const data = { guardrail_type: 'llm', guardrail_name: CANARY, guardrail: CANARY };
  expect(everything(build({ start: event('llm_guardrail_started', data) }))).not.toContain(CANARY);
});

test("an agent's LLM as repr() does not leave", () => {
  const data = { agent: { role: 'R', llm: `{'api_key': '${CANARY}'}` } };
  expect(everything(build({ start: event('agent_execution_started', data) }, WITH_CONTENT))).not.toContain(CANARY);
});

test('credentials in a URL do not leave', () => {
  const url = `https://${CANARY}:${CANARY}@mcp.example.com/sse?token=${CANARY}#${CANARY}`;
  for (const type of ['mcp_connection_started', 'a2a_delegation_started', 'a2a_message_sent']) {
    const given =
      type === 'a2a_message_sent'
        ? { start: event('crew_kickoff_started'), marks: [event(type, { endpoint: url })] }
        : { start: event(type, { server_url: url, endpoint: url }) };
    const text = everything(build(given, WITH_CONTENT));
    expect(text).toContain('mcp.example.com');
    expect(text).not.toContain(CANARY);
  }
});
