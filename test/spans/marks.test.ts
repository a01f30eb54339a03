import { describe, expect, test } from 'vitest';
import type { IncomingEvent } from '../../src/crewai/event.ts';
import { build, event, SETTINGS, WITH_CONTENT } from './support.ts';

function shown(mark: IncomingEvent, settings = SETTINGS): unknown {
  const [found] = build({ start: event('crew_kickoff_started'), marks: [mark] }, settings).events;
  const { 'crewai.event.id': id, ...attributes } = found?.attributes ?? {};
  expect(id).toBe(mark.id);
  return { name: found?.name, attributes };
}

describe('a mark without content, and with it', () => {
  test.each([
    [
      'human_feedback_requested',
      { flow_name: 'F', method_name: 'm', message: 'Approve?', output: 'draft', emit: ['yes', 'no'], request_id: 'r' },
      {
        'crewai.human_feedback.flow_name': 'F',
        'crewai.human_feedback.method_name': 'm',
        'crewai.human_feedback.emit': ['yes', 'no'],
        'crewai.human_feedback.request_id': 'r',
      },
      { 'crewai.human_feedback.message': 'Approve?', 'crewai.human_feedback.output': 'draft' },
    ],
    [
      'human_feedback_received',
      { feedback: 'fine', outcome: 'yes' },
      { 'crewai.human_feedback.outcome': 'yes' },
      { 'crewai.human_feedback.feedback': 'fine' },
    ],
    [
      'flow_input_received',
      { method_name: 'm', message: 'Name?', response: 'Ann' },
      { 'crewai.flow_input.method_name': 'm' },
      { 'crewai.flow_input.message': 'Name?', 'crewai.flow_input.response': 'Ann' },
    ],
    [
      'conversation_message_added',
      { flow_name: 'F', session_id: 's', role: 'user', content: 'hi', message_index: 3 },
      {
        'crewai.conversation.flow_name': 'F',
        'gen_ai.conversation.id': 's',
        'crewai.conversation.role': 'user',
        'crewai.conversation.message_index': 3,
      },
      { 'crewai.conversation.content': 'hi' },
    ],
    [
      'plan_refinement',
      { step_number: 2, step_description: 'do it', refined_step_count: 1 },
      { 'crewai.plan_step.number': 2, 'crewai.plan_step.refined_step_count': 1 },
      { 'crewai.plan_step.description': 'do it' },
    ],
    [
      'skill_used',
      { skill_name: 'pdf', skill_path: '/s/pdf', disclosure_level: 2 },
      { 'crewai.skill.name': 'pdf', 'crewai.skill.path': '/s/pdf', 'crewai.skill.disclosure_level': 2 },
      {},
    ],
    [
      'hook_dispatched',
      { interception_point: 'before_llm', outcome: 'aborted', hook_count: 1, duration_ms: 0.5, abort_reason: 'limit' },
      {
        'crewai.hook.point': 'before_llm',
        'crewai.hook.outcome': 'aborted',
        'crewai.hook.count': 1,
        'crewai.hook.duration_ms': 0.5,
        'crewai.hook.abort_reason': 'limit',
      },
      {},
    ],
    [
      'tool_selection_error',
      { tool_name: 'nosuch', error: 'ValueError: none\nTools: secret' },
      { 'error.type': 'ValueError', 'crewai.tool.name': 'nosuch', 'crewai.tool.error': 'ValueError: none' },
      { 'crewai.tool.error': 'ValueError: none\nTools: secret' },
    ],
    [
      'a2a_message_sent',
      { endpoint: 'https://u:p@a.example/x?k=1', message: 'hi', turn_number: 1 },
      { 'crewai.a2a.endpoint': 'https://a.example/x', 'crewai.a2a.turn_number': 1 },
      { 'crewai.a2a.message': 'hi' },
    ],
    [
      'mcp_config_fetch_failed',
      { slug: 'files', error: 'gone', error_type: 'not_found' },
      {
        'error.type': 'not_found',
        'crewai.mcp.slug': 'files',
        'crewai.mcp.error': 'gone',
        'crewai.mcp.error_type': 'not_found',
      },
      {},
    ],
    [
      'agent_logs_started',
      { task_description: 'Research', verbose: false },
      { 'crewai.agent_logs.verbose': false },
      { 'crewai.agent_logs.task_description': 'Research' },
    ],
    ['flow_created', { flow_name: 'F' }, { 'crewai.flow.name': 'F' }, {}],
    [
      'customer_notified',
      { channel: 'email', count: 2, urgent: true, nothing: null, deep: { a: 1 } },
      { 'crewai.custom.count': 2, 'crewai.custom.urgent': true },
      { 'crewai.custom.channel': 'email' },
    ],
    [
      'tool_of_mine',
      { tool_name: 'private', policy: 'private' },
      {},
      { 'crewai.custom.tool_name': 'private', 'crewai.custom.policy': 'private' },
    ],
  ])('%s', (type, data, plain, content) => {
    expect(shown(event(type, data))).toEqual({ name: `crewai.${type}`, attributes: plain });
    expect(shown(event(type, data), WITH_CONTENT)).toEqual({
      name: `crewai.${type}`,
      attributes: { ...plain, ...content },
    });
  });
});

test('a second end tells what it says went wrong', () => {
  expect(shown(event('llm_call_failed', { error: 'ValueError: again\nmore' }))).toEqual({
    name: 'crewai.llm_call_failed',
    attributes: { 'error.type': 'ValueError', 'crewai.error': 'ValueError: again' },
  });
  expect(shown(event('llm_call_failed', {}))).toEqual({
    name: 'crewai.llm_call_failed',
    attributes: { 'error.type': '_OTHER' },
  });
  expect(shown(event('llm_call_completed', { response: 'x' }))).toEqual({
    name: 'crewai.llm_call_completed',
    attributes: {},
  });
});

describe("a tool's failure", () => {
  const mark = event('tool_failure_detected', {
    tool_name: 'add',
    failure: { message: 'bad', reason: 'invalid_input', code: 'json_decode_error', retryable: false },
    policy: 'warn',
  });

  test('is an event where its tool is not known', () => {
    expect(shown(mark)).toEqual({
      name: 'crewai.tool_failure_detected',
      attributes: {
        'crewai.tool.name': 'add',
        'crewai.tool.failure.reason': 'invalid_input',
        'crewai.tool.failure.code': 'json_decode_error',
        'crewai.tool.failure.retryable': false,
        'crewai.tool.failure.policy': 'warn',
      },
    });
  });

  test('gives way to what the end says of it', () => {
    const end = event('tool_usage_finished', { failure: { message: 'worse', reason: 'exception', code: 'E' } });
    const span = build({ start: event('tool_usage_started'), end, marks: [mark] });
    expect(span.attributes).toMatchObject({ 'error.type': 'E', 'crewai.tool.failure.reason': 'exception' });
    expect(span.events.map(({ name }) => name)).toEqual(['exception']);
  });

  test('explains an error', () => {
    const span = build({
      start: event('tool_usage_started'),
      end: event('tool_usage_error', { error: 'KeyError: 1' }),
      marks: [mark],
    });
    expect(span.attributes).toMatchObject({
      'error.type': 'KeyError',
      'crewai.tool.failure.code': 'json_decode_error',
    });
  });
});

test('a field may be called as what every object has', () => {
  expect(shown(event('flow_created', { constructor: 1, toString: 2 }))).toEqual({
    name: 'crewai.flow_created',
    attributes: { 'crewai.flow.constructor': 1, 'crewai.flow.toString': 2 },
  });
});

test('an event has so many fields of its own, and no longer names', () => {
  const of = (value: (n: number) => unknown, name: string) =>
    Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`${name}_${n}`, value(n)]));
  // What is no scalar stands nowhere, so it takes the place of nothing.
  const data = { ['x'.repeat(1000)]: 1, '': 1, ...of(() => ({}), 'object'), ...of(n => n, 'field') };
  const { attributes } = shown(event('customer_notified', data)) as { attributes: object };
  expect(Object.keys(attributes)).toEqual(Array.from({ length: 32 }, (_, n) => `crewai.custom.field_${n}`));
});

test('the model that scored a crew is left out where it is the repr of an object, which may hold its key', () => {
  const result = (model: string) =>
    build({
      start: event('crew_test_started'),
      marks: [event('crew_test_result', { quality: 8, execution_duration: 1, model })],
    }).events[0]?.attributes;
  expect(result('gpt-4o-mini')).toMatchObject({ 'crewai.crew.eval_llm': 'gpt-4o-mini' });
  expect(result("MyLLM(model='m', api_key='sk-secret')")).not.toHaveProperty('crewai.crew.eval_llm');
});
