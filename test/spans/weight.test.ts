import { describe, expect, it } from 'vitest';
import { createAssembly } from '../../src/assembly/assembly.ts';
import { loadSettings } from '../../src/config.ts';
import type { IncomingEvent } from '../../src/crewai/event.ts';
import { createEventReader } from '../../src/service/event-reader.ts';
import { EMPTY_DETAIL } from '../../src/spans/detail.ts';
import { incoming } from '../support/assemble.ts';
import { readRecording } from '../support/recordings.ts';

const OPERATIONS = 20_000;
const AN_EXECUTION = 200;

/** Starts of a recorded run, each read anew so that none shares its texts with another. */
function* starts() {
  const recorded = readRecording('1.15.30', '02_tools').filter(({ type }) =>
    /^(?:task|agent_execution|llm_call|tool_usage)_started$/.test(type),
  );
  const texts = recorded.map(event => JSON.stringify(incoming(event)));
  for (let index = 0; index < OPERATIONS; index++) {
    const event = JSON.parse(texts[index % texts.length] ?? '') as ReturnType<typeof incoming>;
    const parent = index % AN_EXECUTION === 0 ? null : `operation ${index - 1}`;
    const data = {
      ...(event.data as object),
      event_id: `operation ${index}`,
      call_id: undefined,
      parent_event_id: parent,
    };
    yield { ...event, id: `event ${index}`, executionId: `execution ${Math.floor(index / AN_EXECUTION)}`, data };
  }
}

/** By how much the heap grows while these events are held, in bytes, and what they are weighed at. */
function hold(
  events: Iterable<IncomingEvent>,
  env: NodeJS.ProcessEnv = {},
): { grown: number; weight: number; operations: number } {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error('run with --expose-gc');
  const settings = loadSettings({ env });
  const reader = createEventReader(settings);
  const assembly = createAssembly({
    settings: settings.assembly,
    nothing: EMPTY_DETAIL,
    recall: () => undefined,
    recallOpen: () => undefined,
    knows: () => false,
    reread: () => [],
  });
  gc();
  const before = process.memoryUsage().heapUsed;
  let position = 0;
  for (const event of events) {
    position += 1;
    assembly.add('default', { ...reader.whole(event), position, arrived: 0 });
  }
  gc();
  const grown = process.memoryUsage().heapUsed - before;
  return { grown, weight: assembly.weight(), operations: assembly.open().operations };
}

it('weighs events at about what the heap grows by while they are held', () => {
  const { grown, weight, operations } = hold(starts());
  expect(operations).toBe(OPERATIONS);
  expect(weight / grown).toBeGreaterThan(0.7);
  expect(weight / grown).toBeLessThan(1.6);
});

describe('a sender that makes its texts long takes up no more of the heap than it is weighed at', () => {
  const EVENTS = 2_000;
  const LONG = 20_000;

  function* made(type: string, dataOf: (index: number) => object): Generator<IncomingEvent> {
    for (let index = 0; index < EVENTS; index++) {
      const text = JSON.stringify({ event_id: `operation ${index}`, ...dataOf(index) });
      yield { id: `event ${index}`, executionId: 'run', type, time: index, data: JSON.parse(text) };
    }
  }

  const long = (index: number): string => `${index} `.padEnd(LONG, 'x');
  const blanks = (index: number): string => `tool number ${index}`.padEnd(LONG);
  const manyFields = (index: number): object =>
    Object.fromEntries(Array.from({ length: 16 }, (_, at) => [`field${at}`, `${index}.${at} `.padEnd(250, 'x')]));
  const messages = (index: number): unknown[] =>
    Array.from({ length: 512 }, (_, at) => ({ role: 'user', content: `${index}.${at}` }));

  it.each<[string, string, (index: number) => object]>([
    ['the name of a tool', 'tool_usage_started', index => ({ tool_name: long(index) })],
    ['blanks around a name', 'tool_usage_started', index => ({ tool_name: blanks(index) })],
    ['the role of an agent', 'tool_usage_started', index => ({ tool_name: 'x', agent_role: long(index) })],
    ['the description of a task', 'tool_usage_started', index => ({ tool_name: 'x', task_name: long(index) })],
    ['all fields of its own', 'my_step_started', manyFields],
    ['many messages', 'llm_call_started', index => ({ model: 'gpt', messages: messages(index) })],
  ])('%s', (_, type, dataOf) => {
    const { grown, weight } = hold(made(type, dataOf));
    expect(grown).toBeLessThan(1.5 * weight);
  });

  it.each<[string, string, (index: number) => object]>([
    ['a mark', 'order_seen', manyFields],
    ['what went wrong', 'llm_call_failed', index => ({ model: 'gpt', error: `E: ${long(index)}` })],
  ])('%s, where content may leave', (_, type, dataOf) => {
    const { grown, weight } = hold(made(type, dataOf), {
      OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true',
    });
    expect(grown).toBeLessThan(1.5 * weight);
  });
});
