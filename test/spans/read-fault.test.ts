import { SpanStatusCode } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { build, event, WITH_CONTENT } from './support.ts';

function failed(data: unknown): ReturnType<typeof build> {
  return build({ start: event('task_started'), end: event('task_failed', data) });
}

describe('error.type', () => {
  test.each([
    [
      'a class by its module and name',
      { error: 'x', error_type: 'openai:InternalServerError' },
      'openai.InternalServerError',
    ],
    ['a class as Python prints it', { error: 'x', error_type: "<class 'ValueError'>" }, 'ValueError'],
    ['a word', { error: 'x', error_type: 'timeout', status_code: 504 }, 'timeout'],
    ['a status code', { error: 'ValueError: x', status_code: 401 }, '401'],
    ['a class at the head of the error', { error: "RuntimeError('flow boom')" }, 'RuntimeError'],
    [
      'a class with its module',
      { error: 'litellm.InternalServerError: InternalServerError: no' },
      'litellm.InternalServerError',
    ],
    ['a timeout', { error: 'httpx.ReadTimeout: late' }, 'httpx.ReadTimeout'],
    ['an interrupt', { error: 'KeyboardInterrupt' }, 'KeyboardInterrupt'],
    ['a text that only begins like one', { error: 'Errors happen' }, '_OTHER'],
    ['a text', { error: 'Error code: 500' }, '_OTHER'],
    ['a list', { error: ['ValueError'] }, '_OTHER'],
    ['an object', { error: { message: 'ValueError: x', secret: 'y' } }, 'ValueError'],
    ['nothing', {}, '_OTHER'],
    ['no data at all', null, '_OTHER'],
    ['data that could not be written', { serialization_error: 'Circular reference', object_type: 'X' }, '_OTHER'],
  ])('%s', (_, data, expected) => {
    const { attributes, status } = failed(data);
    expect(attributes['error.type']).toBe(expected);
    expect(status.code).toBe(SpanStatusCode.ERROR);
  });
});

describe("the status' description", () => {
  test.each([
    ['the first line', { error: 'one\ntwo' }, 'one'],
    ['a repr of one line', { error: "RuntimeError('flow boom')" }, "RuntimeError('flow boom')"],
    [
      'the first line inside a repr',
      { error: String.raw`ValueError("1 error for AddIn\na\n  Input 'abc'")` },
      'ValueError("1 error for AddIn',
    ],
    ["an object's message", { error: { message: 'no', secret: 'y' } }, 'no'],
    ['nothing', {}, undefined],
  ])('is %s', (_, data, expected) => {
    expect(failed(data).status.message).toBe(expected);
  });

  test('is at most 1 KiB', () => {
    expect(Buffer.byteLength(failed({ error: 'é'.repeat(5000) }).status.message ?? '')).toBe(1024);
  });
});

describe('the exception event', () => {
  const error = String.raw`ValueError("first\nsecond")`;

  test('has the class and the first line of the message', () => {
    expect(failed({ error }).events).toMatchObject([
      { name: 'exception', attributes: { 'exception.type': 'ValueError', 'exception.message': 'first' } },
    ]);
  });

  test('has the whole message where content may leave', () => {
    const end = event('task_failed', { error });
    expect(build({ start: event('task_started'), end }, WITH_CONTENT).events).toMatchObject([
      { attributes: { 'exception.message': 'first\nsecond' } },
    ]);
  });

  test('says so where the message is cut', () => {
    const end = event('task_failed', { error: 'x'.repeat(1000) });
    const span = build({ end }, { ...WITH_CONTENT, contentLengthLimit: 100 });
    expect(span.events[0]?.attributes).toEqual({
      'exception.message': 'x'.repeat(100),
      'exception.message.truncated': true,
      'exception.message.original_size_bytes': 1000,
    });
  });

  test('is there where nothing is known of the error', () => {
    expect(failed({}).events).toMatchObject([{ attributes: { 'exception.type': '_OTHER' } }]);
  });
});

describe('a tool', () => {
  function finished(failure: unknown): ReturnType<typeof build> {
    return build({
      start: event('tool_usage_started'),
      end: event('tool_usage_finished', { output: 'done', failure }),
    });
  }

  test.each([
    ['its code', { message: 'no', reason: 'exception', code: 'ValueError' }, 'ValueError'],
    ['its reason', { message: 'no', reason: 'invalid_input' }, 'invalid_input'],
    ['an error of MCP', { message: 'no', reason: 'mcp_error', code: '-32000' }, 'tool_error'],
    ['nothing', {}, '_OTHER'],
  ])('that finished with a failure is an error, by %s', (_, failure, expected) => {
    const span = finished(failure);
    expect(span.status.code).toBe(SpanStatusCode.ERROR);
    expect(span.attributes['error.type']).toBe(expected);
    expect(span.events.map(({ name }) => name)).toEqual(['exception']);
  });

  test('that finished without one is none', () => {
    const span = finished(null);
    expect(span.status).toEqual({ code: SpanStatusCode.UNSET });
    expect(span.attributes).not.toHaveProperty('error.type');
    expect(span.events).toEqual([]);
  });

  test('that went well is not failed by what came after its end', () => {
    const again = event('tool_usage_error', { error: 'KeyError: 1' });
    const span = build({ start: event('tool_usage_started'), end: event('tool_usage_finished'), marks: [again] });
    expect(span.status).toEqual({ code: SpanStatusCode.UNSET });
    expect(span.events).toMatchObject([{ name: 'crewai.tool_usage_error' }]);
  });

  test('that raised has its error, and no result', () => {
    const end = event('tool_usage_error', { tool_name: 'boom', error: "ValueError('boom on x')", output: 'nothing' });
    const span = build({ start: event('tool_usage_started', { tool_name: 'boom' }), end }, WITH_CONTENT);
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: "ValueError('boom on x')" });
    expect(span.attributes).not.toHaveProperty('gen_ai.tool.call.result');
    expect(span.events[0]?.attributes).toEqual({ 'exception.type': 'ValueError', 'exception.message': 'boom on x' });
  });
});

describe('the outcome', () => {
  test('abandoned is an error of its own, and no exception', () => {
    const span = build({ start: event('task_started'), operation: { outcome: 'abandoned' } });
    expect(span.status.code).toBe(SpanStatusCode.ERROR);
    expect(span.attributes['error.type']).toBe('crewspan.abandoned');
    expect(span.events).toEqual([]);
  });

  test.each(['open', 'paused', 'canceled', 'completed'] as const)('%s leaves the status unset', outcome => {
    const span = build({ start: event('flow_started'), operation: { outcome } });
    expect(span.status).toEqual({ code: SpanStatusCode.UNSET });
    expect(span.attributes).not.toHaveProperty('error.type');
  });

  test('failed without an end is an error that nothing is known of', () => {
    const span = build({ start: event('task_started'), operation: { outcome: 'failed' } });
    expect(span.attributes['error.type']).toBe('_OTHER');
    expect(span.events).toEqual([]);
  });
});

test('a guardrail that does not let pass has done its work', () => {
  const end = event('llm_guardrail_completed', { success: false, error: 'too short' });
  const span = build({ start: event('llm_guardrail_started'), end });
  expect(span.status.code).toBe(SpanStatusCode.UNSET);
  expect(span.attributes['crewai.guardrail.success']).toBe(false);
});
