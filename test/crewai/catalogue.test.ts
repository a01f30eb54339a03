import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CATALOGUE, roleOf } from '../../src/crewai/catalogue.ts';

interface EventTypes {
  readonly scopes: {
    readonly starting: readonly string[];
    /** End → start. */
    readonly pairs: Readonly<Record<string, string>>;
  };
  readonly types: Readonly<Record<string, unknown>>;
}

const known = JSON.parse(
  readFileSync(new URL('../recordings/1.15.30.event-types.json', import.meta.url), 'utf8'),
) as EventTypes;

/** Types of other versions, and of the documentation. */
const DOCUMENTED = `
  flow_created flow_started flow_finished flow_plot
  method_execution_started method_execution_finished method_execution_failed
  agent_execution_started agent_execution_completed agent_execution_error
  lite_agent_execution_started lite_agent_execution_completed lite_agent_execution_error
  agent_logs_started agent_logs_execution
  agent_evaluation_started agent_evaluation_completed agent_evaluation_failed
  crew_kickoff_started crew_kickoff_completed crew_kickoff_failed
  crew_train_started crew_train_completed crew_train_failed
  crew_test_started crew_test_completed crew_test_failed crew_test_result
  task_started task_completed task_failed task_evaluation
  tool_usage_started tool_usage_finished tool_usage_error
  tool_validate_input_error tool_selection_error tool_execution_error
  llm_call_started llm_call_completed llm_call_failed llm_stream_chunk
  llm_guardrail_started llm_guardrail_completed
  memory_query_started memory_query_completed memory_query_failed
  memory_save_started memory_save_completed memory_save_failed
  memory_retrieval_started memory_retrieval_completed
  knowledge_search_query_started knowledge_search_query_completed knowledge_search_query_failed
  knowledge_query_started knowledge_query_completed knowledge_query_failed
  agent_reasoning_started agent_reasoning_completed agent_reasoning_failed
`
  .trim()
  .split(/\s+/);

describe('the catalogue', () => {
  it('knows every type that CrewAI 1.15.30 sends', () => {
    const types = Object.keys(known.types);
    expect(types).toHaveLength(150);
    expect(types.filter(type => !CATALOGUE.has(type))).toEqual([]);
  });

  it('knows every documented type', () => {
    expect(DOCUMENTED.filter(type => !CATALOGUE.has(type))).toEqual([]);
  });

  it('knows the download of a skill, which CrewAI keeps beside its other events', () => {
    expect(roleOf('skill_download_started')).toMatchObject({ is: 'start', kind: { family: 'skill' } });
    expect(roleOf('skill_download_completed')).toMatchObject({ is: 'end', kind: { start: 'skill_download_started' } });
  });

  it.each(known.scopes.starting)('takes %s for a start', type => {
    expect(roleOf(type)).toMatchObject({ is: 'start', kind: { start: type, scoped: true } });
  });

  it.each(Object.entries(known.scopes.pairs))('pairs %s with %s', (end, start) => {
    expect(roleOf(end)).toMatchObject({ is: 'end', kind: { start } });
  });

  it.each([
    ['task_failed', 'failed'],
    ['tool_usage_error', 'failed'],
    ['flow_paused', 'paused'],
    ['a2a_server_task_canceled', 'canceled'],
    ['flow_finished', 'completed'],
  ])('reads %s as %s', (type, outcome) => {
    expect(roleOf(type)).toMatchObject({ is: 'end', outcome });
  });

  it.each([
    'agent_logs_started',
    'a2a_polling_started',
    'a2a_streaming_started',
    'tool_selection_error',
    'a2a_context_completed',
  ])('takes %s for a mark, whatever its name looks like', type => {
    expect(roleOf(type)).toEqual({ is: 'mark' });
  });

  it.each([
    ['llm_stream_chunk', 'llm'],
    ['llm_thinking_chunk', 'llm'],
    ['a2a_streaming_chunk', 'a2a'],
  ])('takes %s for a chunk of an operation of the family %s', (type, of) => {
    expect(roleOf(type)).toEqual({ is: 'chunk', of });
  });

  it('gives every pair one kind', () => {
    const kinds = new Map<string, unknown>();
    for (const role of CATALOGUE.values()) {
      if (role.is !== 'start' && role.is !== 'end') continue;
      expect(kinds.get(role.kind.base) ?? role.kind).toBe(role.kind);
      kinds.set(role.kind.base, role.kind);
    }
    expect(kinds.size).toBeGreaterThan(30);
  });
});

describe('custom types', () => {
  it.each([
    ['order_lookup_completed', 'completed'],
    ['order_lookup_finished', 'completed'],
    ['order_lookup_failed', 'failed'],
    ['order_lookup_error', 'failed'],
  ])('ends what order_lookup_started starts with %s', (type, outcome) => {
    expect(roleOf('order_lookup_started')).toMatchObject({
      is: 'start',
      kind: { family: 'custom', base: 'order_lookup' },
    });
    expect(roleOf(type)).toMatchObject({ is: 'end', outcome, kind: { family: 'custom', base: 'order_lookup' } });
  });

  it.each(['customer_notified', 'started', '_started', '', '__proto__', 'constructor'])('takes %j for a mark', type => {
    expect(roleOf(type)).toEqual({ is: 'mark' });
  });

  it('forgets the types that a sender makes up before they fill the memory', () => {
    for (let index = 0; index < 20_000; index++) roleOf(`made_up_${index}`);
    expect(roleOf('made_up_1_started')).toMatchObject({ is: 'start' });
  });
});

it('has every end of what the kickoff of the README subscribes to in that kickoff', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [, list = ''] = /"events": \[([^\]]+)\]/.exec(readme) ?? [];
  const subscribed = [...list.matchAll(/"(\w+)"/g)].flatMap(([, type]) => type ?? []);
  const starts = subscribed.map(roleOf).filter(role => role.is === 'start');
  expect(starts.length).toBeGreaterThan(0);
  for (const { kind } of starts) expect(subscribed).toEqual(expect.arrayContaining(Object.keys(kind.ends)));
});
