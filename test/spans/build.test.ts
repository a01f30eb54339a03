import { SpanKind } from '@opentelemetry/api';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { describe, expect, test } from 'vitest';
import { spanIdOf, traceIdOf } from '../../src/spans/ids.ts';
import { VERSION } from '../../src/version.ts';
import { build, EXECUTION, event, SETTINGS, settle, WITH_CONTENT } from './support.ts';

const start = event('crew_kickoff_started', { crew_name: 'tea_crew' });
const end = event('crew_kickoff_completed', { crew_name: 'tea_crew' });

describe('where a span stands', () => {
  test('below its parent, in the trace of its execution', () => {
    const span = build({ start, end, operation: { parentId: 'above' } });
    expect(span.spanContext()).toEqual({ traceId: traceIdOf(EXECUTION), spanId: spanIdOf(start.id), traceFlags: 1 });
    expect(span.parentSpanContext).toEqual({ traceId: traceIdOf(EXECUTION), spanId: spanIdOf('above'), traceFlags: 1 });
  });

  test('at the top', () => {
    expect(build({ start, end, operation: { parentId: undefined, parentCertainty: 'root' } })).not.toHaveProperty(
      'parentSpanContext',
    );
  });

  test('with links to what it goes on from', () => {
    const other = '01932c07-9c4e-7d0e-8f6e-0a4b1c2d3e4f';
    const links = [
      { reason: 'resumed', executionId: other, operationId: 'paused', caller: undefined },
      { reason: 'parent_execution', executionId: other, operationId: 'outer', caller: undefined },
    ] as const;
    const span = build({ start, end, operation: { links } });
    expect(span.links).toEqual([
      {
        context: { traceId: traceIdOf(other), spanId: spanIdOf('paused'), traceFlags: 1 },
        attributes: { 'crewspan.link': 'resumed' },
      },
      {
        context: { traceId: traceIdOf(other), spanId: spanIdOf('outer'), traceFlags: 1 },
        attributes: { 'crewspan.link': 'parent_execution' },
      },
    ]);
    expect(span.attributes['crewai.parent_event_id']).toBe('outer');
  });
});

describe('the trace that a run was started from', () => {
  const caller = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), sampled: true, state: 'vendor=1' };
  const root = { parentId: undefined, parentCertainty: 'root', caller } as const;
  const context = { traceId: caller.traceId, spanId: caller.spanId, traceFlags: 1, isRemote: true };

  test('is linked from the root alone', () => {
    const span = build({ start, end, operation: root });
    expect(span.spanContext().traceId).toBe(traceIdOf(EXECUTION));
    expect(span.links).toMatchObject([{ context, attributes: { 'crewspan.link': 'caller' } }]);
    expect(span.links[0]?.context.traceState?.serialize()).toBe('vendor=1');
    expect(build({ start, end, operation: { caller } }).links).toEqual([]);
  });

  test('is not said to be sampled where it is not', () => {
    const [link] = build({
      start,
      end,
      operation: { ...root, caller: { ...caller, sampled: false, state: undefined } },
    }).links;
    expect(link?.context).toEqual({ ...context, traceFlags: 0 });
  });

  test('takes in the whole run where it is to be its parent', () => {
    const settings = { ...SETTINGS, traceContext: 'parent' } as const;
    const span = build({ start, end, operation: root }, settings);
    expect(span.spanContext().traceId).toBe(caller.traceId);
    expect(span.parentSpanContext).toMatchObject(context);
    expect(span.links).toEqual([]);
    const child = build({ start, end, operation: { caller, parentId: 'above' } }, settings);
    expect(child.parentSpanContext).toMatchObject({ traceId: caller.traceId, spanId: spanIdOf('above') });
    const links = [{ reason: 'resumed', executionId: EXECUTION, operationId: 'paused', caller }] as const;
    expect(build({ start, end, operation: { links } }, settings).links[0]?.context.traceId).toBe(caller.traceId);
  });

  test('is left out where it is to be ignored', () => {
    const span = build({ start, end, operation: root }, { ...SETTINGS, traceContext: 'ignore' });
    expect(span.links).toEqual([]);
    expect(span).not.toHaveProperty('parentSpanContext');
  });
});

test('times are exact to the microsecond', () => {
  const span = build({ start, end, operation: { startTime: 1_795_435_200_123_457, endTime: 1_795_435_201_000_001 } });
  expect(span.startTime).toEqual([1_795_435_200, 123_457_000]);
  expect(span.endTime).toEqual([1_795_435_201, 1_000]);
  expect(span.duration).toEqual([0, 876_544_000]);
});

test('a span says how sure it is of itself', () => {
  const operation = { parentCertainty: 'inferred', pairing: 'inferred', incomplete: 'no_end', clamped: true } as const;
  expect(build({ start, operation }).attributes).toMatchObject({
    'crewspan.parent': 'inferred',
    'crewspan.pairing': 'inferred',
    'crewspan.incomplete': 'no_end',
    'crewspan.clamped': true,
  });
});

test('a span without its start goes by its end', () => {
  const span = build({ end });
  expect(span.name).toBe('invoke_workflow tea_crew');
  expect(span.attributes).toMatchObject({
    'crewai.event_name': 'crew_kickoff_started',
    'crewai.event.id': end.id,
    'crewai.event.end_id': end.id,
    'crewspan.incomplete': 'no_start',
  });
});

test('a span without its start has the name that its end tells', () => {
  expect(build({ end: event('tool_usage_finished', { tool_name: 'search' }) }).name).toBe('execute_tool search');
});

test('resource and scope are shared by all spans', () => {
  const span = build({ start, end }, { ...SETTINGS, resourceAttributes: { 'service.name': 'orders', team: 'a' } });
  expect(span.resource.attributes).toEqual({ 'service.name': 'orders', team: 'a' });
  expect(span.instrumentationScope).toEqual({ name: 'crewspan', version: VERSION });
  expect(VERSION).toMatch(/^\d+\.\d+\.\d+/);
});

describe('what an operation stands in', () => {
  const context = {
    crewName: 'tea_crew',
    taskId: 't-1',
    taskName: 'research',
    agentId: 'a-1',
    agentRole: 'Researcher\n',
    conversationId: 's-1',
  };

  test('is on every span', () => {
    expect(build({ start: event('memory_query_started'), operation: { context } }).attributes).toMatchObject({
      'crewai.crew.name': 'tea_crew',
      'crewai.task.id': 't-1',
      'crewai.task.name': 'research',
      'crewai.agent.id': 'a-1',
      'crewai.agent.role': 'Researcher',
      'gen_ai.conversation.id': 's-1',
    });
  });

  test.each(['llm_call_started', 'tool_usage_started', 'agent_execution_started', 'agent_reasoning_started'])(
    'names the agent of %s',
    type => {
      expect(build({ start: event(type), operation: { context } }).attributes['gen_ai.agent.name']).toBe('Researcher');
    },
  );

  test.each(['memory_query_started', 'task_started', 'mcp_tool_execution_started', 'agent_evaluation_started'])(
    'makes no agent of %s',
    type => {
      expect(build({ start: event(type), operation: { context } }).attributes).not.toHaveProperty('gen_ai.agent.name');
    },
  );

  test('names what no event of its own names', () => {
    expect(build({ start: event('agent_reasoning_started'), operation: { context } }).name).toBe('plan Researcher');
  });

  test('hides the name of a task that may be its description', () => {
    const operation = { context: { taskName: 'Find out what Alice likes' } };
    expect(build({ start: event('llm_call_started'), operation }).attributes).not.toHaveProperty('crewai.task.name');
    expect(build({ start: event('task_started'), operation }).attributes).not.toHaveProperty('crewai.task.name');
    expect(build({ start: event('llm_call_started'), operation }, WITH_CONTENT).attributes).toMatchObject({
      'crewai.task.name': 'Find out what Alice likes',
    });
  });
});

test('what the start says counts, what only the end says is added', () => {
  const first = event('llm_call_started', { model: 'openai/gpt-4o', messages: 'asked' });
  const last = event('llm_call_completed', { model: 'gpt-4o-2024', messages: 'asked, and more', temperature: 1 });
  const span = build({ start: first, end: last }, WITH_CONTENT);
  expect(span.name).toBe('chat gpt-4o');
  expect(span.attributes).toMatchObject({ 'gen_ai.request.model': 'gpt-4o', 'gen_ai.request.temperature': 1 });
  expect(span.attributes['gen_ai.input.messages']).not.toContain('more');
});

describe('a streamed answer', () => {
  const call = event('llm_call_started', { model: 'gpt-4o' });

  test('tells how long its first piece took', () => {
    const chunks = { count: 12, firstTime: call.time + 250_500 };
    expect(build({ start: call, operation: { chunks } }).attributes).toMatchObject({
      'gen_ai.request.stream': true,
      'gen_ai.response.time_to_first_chunk': 0.2505,
      'crewai.llm.stream_chunk_count': 12,
    });
  });

  test('does not where it is not known', () => {
    const chunks = { count: 12, firstTime: call.time - 1 };
    expect(build({ start: call, operation: { chunks } }).attributes).not.toHaveProperty(
      'gen_ai.response.time_to_first_chunk',
    );
    const answer = event('llm_call_completed', {});
    expect(
      build({ end: answer, operation: { chunks: { count: 1, firstTime: answer.time + 5 } } }).attributes,
    ).not.toHaveProperty('gen_ai.response.time_to_first_chunk');
  });

  test('is never said not to be one', () => {
    expect(build({ start: event('llm_call_started', { stream: false }) }).attributes).not.toHaveProperty(
      'gen_ai.request.stream',
    );
  });
});

test('a call inside a tool is not told twice', () => {
  const given = {
    start: event('mcp_tool_execution_started', { tool_name: 'read', tool_args: { path: 'x'.repeat(100_000) } }),
    end: event('mcp_tool_execution_completed', { result: 'ok' }),
  };
  const inside = build({ ...given, operation: { insideTool: true } }, WITH_CONTENT);
  expect(Object.keys(inside.attributes).filter(name => name.startsWith('gen_ai.'))).toEqual([]);
  const alone = build(given, WITH_CONTENT);
  expect(alone.attributes).toMatchObject({
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'read',
    'gen_ai.tool.call.arguments.truncated': true,
  });
});

describe('limits', () => {
  test('on a text that is no content', () => {
    const given = { start: event('crew_kickoff_started', { crew_name: `tea${'é'.repeat(20)}` }) };
    expect(build(given, { ...SETTINGS, attributeValueLengthLimit: 10 }).attributes).toMatchObject({
      'crewai.crew.name': `tea${'é'.repeat(7)}`,
      'crewai.crew.name.truncated': true,
      'crewai.crew.name.original_size_bytes': 43,
    });
  });

  test('on content', () => {
    const given = { end: event('task_completed', { output: { raw: 'é'.repeat(1000) } }) };
    const { attributes } = build(given, { ...WITH_CONTENT, contentLengthLimit: 201 });
    expect(attributes).toMatchObject({
      'crewai.task.output': 'é'.repeat(100),
      'crewai.task.output.truncated': true,
      'crewai.task.output.original_size_bytes': 2000,
      'gen_ai.output.messages.truncated': true,
    });
    const messages = JSON.parse(String(attributes['gen_ai.output.messages'])) as { parts: { content: string }[] }[];
    expect(messages[0]?.parts[0]?.content).toMatch(/^é{10,}$/);
  });

  test('on how many attributes there are, the least important going first', () => {
    const whole = build({ start, end });
    const limited = build({ start, end }, { ...SETTINGS, attributeCountLimit: 7 });
    expect(Object.keys(limited.attributes)).toEqual(Object.keys(whole.attributes).slice(0, 7));
    expect(limited.attributes).toHaveProperty(['crewspan.family']);
    expect(limited.droppedAttributesCount).toBe(Object.keys(whole.attributes).length - 7);
    expect(whole.droppedAttributesCount).toBe(0);
  });

  test('on events, of which the exception is the last to go', () => {
    const marks = [1, 2, 3].map(n => event('customer_notified', { n }));
    const failed = event('crew_kickoff_failed', { error: 'no' });
    const span = build({ start, end: failed, marks }, { ...SETTINGS, eventCountLimit: 2 });
    expect(span.events.map(({ name }) => name).sort()).toEqual(['crewai.customer_notified', 'exception']);
    expect(span.droppedEventsCount).toBe(2);
  });

  test('on the attributes of an event', () => {
    const marks = [event('customer_notified', { a: 1, b: 2, c: 3 })];
    const [mark] = build({ start, marks }, { ...SETTINGS, attributeCountLimit: 2 }).events;
    expect(mark).toMatchObject({ attributes: { 'crewai.custom.a': 1 }, droppedAttributesCount: 2 });
  });

  test('on links', () => {
    const links = [1, 2, 3].map(
      n => ({ reason: 'resumed', executionId: EXECUTION, operationId: `o${n}`, caller: undefined }) as const,
    );
    const span = build({ start, operation: { links } }, { ...SETTINGS, linkCountLimit: 1 });
    expect(span.links).toHaveLength(1);
    expect(span.droppedLinksCount).toBe(2);
  });
});

test('events come in order of time', () => {
  const marks = [3, 1, 2].map(n => event('customer_notified', { n }, { time: start.time + n }));
  const failed = event('crew_kickoff_failed', { error: 'no' });
  const { events } = build({ start, end: failed, marks });
  expect(events.map(({ attributes }) => attributes?.['crewai.custom.n'])).toEqual([1, 2, 3, undefined]);
  expect(events.at(-1)?.time).toEqual(build({ start, end: failed }).endTime);
});

test('every family has a kind that viewers know', () => {
  const kinds = [
    'llm_call_started',
    'knowledge_search_query_started',
    'mcp_connection_started',
    'a2a_delegation_started',
    'a2a_server_task_started',
    'memory_query_started',
  ].map(type => SpanKind[build({ start: event(type) }).kind]);
  expect(kinds).toEqual(['CLIENT', 'CLIENT', 'CLIENT', 'CLIENT', 'SERVER', 'INTERNAL']);
});

test('the same operation yields the same span, byte by byte, in each protocol', () => {
  const given = { start, end, marks: [event('customer_notified', { n: 1 })] };
  for (const serializer of [JsonTraceSerializer, ProtobufTraceSerializer]) {
    const first = serializer.serializeRequest([build(given, WITH_CONTENT)]);
    const again = serializer.serializeRequest([build(given, WITH_CONTENT)]);
    expect(first?.length).toBeGreaterThan(100);
    expect(Buffer.from(first ?? []).equals(Buffer.from(again ?? []))).toBe(true);
  }
});

test('nothing of an event is kept but what its span needs', () => {
  const data = { agent: { role: 'R', tools: Array.from({ length: 1000 }, (_, n) => ({ n, text: 'x'.repeat(100) })) } };
  const { start: placed } = settle({ start: event('agent_execution_started', data) }, SETTINGS);
  expect(JSON.stringify([...(placed?.detail.values ?? [])]).length).toBeLessThan(500);
});
