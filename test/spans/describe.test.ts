import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../src/crewai/catalogue.ts';
import { readFacts } from '../../src/crewai/read-facts.ts';
import { createSpanBuilder } from '../../src/spans/build.ts';
import { createDescriber } from '../../src/spans/describe.ts';
import { EMPTY_DETAIL } from '../../src/spans/detail.ts';
import fieldTypes from '../recordings/1.15.30.event-types.json' with { type: 'json' };
import { event, everything, kindOf, nested, SETTINGS, settle, WITH_CONTENT } from './support.ts';

const TYPES = [...CATALOGUE.keys(), 'order_started', 'order_failed', 'something_new', '__proto__', 'constructor'];

/** Every field that any type of event has, so that a made-up value gets where it is read. */
const FIELDS = [
  ...new Set(Object.values(fieldTypes.types).flatMap(fields => Object.keys(fields))),
  'agent_info',
  'task_description',
  'output_raw',
  'usage',
  'error_type',
  'failure',
  'messages',
];

/** Describes the event, and builds what can be built of it, alone and as a mark. */
function exercise(type: string, data: unknown): void {
  for (const settings of [SETTINGS, { ...WITH_CONTENT, contentLengthLimit: 300 }]) {
    const incoming = event(type, data);
    const facts = readFacts(incoming);
    createDescriber(settings)(incoming, facts);
    const builder = createSpanBuilder(settings);
    builder(settle({ start: event('crew_kickoff_started'), marks: [incoming] }, settings));
    if (facts.role.is === 'start' || facts.role.is === 'end') {
      expect(kindOf(incoming)).toBe(facts.role.kind);
      const span = builder(settle({ [facts.role.is]: incoming }, settings));
      expect(Buffer.from(everything(span)).toString()).toBe(everything(span));
      expect(everything(span)).not.toContain('\\ud8');
    }
  }
}

const HOSTILE: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['a text', 'data'],
  ['a number', 7],
  ['a list', [1, 2]],
  ['an empty object', {}],
  ['a deep list', nested(10_000)],
  ['every field deep', Object.fromEntries(FIELDS.map(field => [field, nested(10_000)]))],
  ['every field a lone surrogate', Object.fromEntries(FIELDS.map(field => [field, 'a\ud800b']))],
  [
    'every field a list of lone surrogates',
    Object.fromEntries(FIELDS.map(field => [field, ['\udc00', { type: 'text', text: '\ud800' }]])),
  ],
  ['every field huge', Object.fromEntries(FIELDS.map(field => [field, 'x"\n\u0001'.repeat(20_000)]))],
  [
    'every field a message',
    Object.fromEntries(
      FIELDS.map(field => [field, { role: '\ud800', content: [{ type: null, text: 1 }], tool_calls: ['{', null] }]),
    ),
  ],
  [
    'every field __proto__',
    JSON.parse(`{${FIELDS.map(field => `"${field}": {"__proto__": {"name": "x"}, "name": "y"}`).join()}}`),
  ],
  ['__proto__', JSON.parse('{"__proto__": {"model": "evil", "error": "x"}, "constructor": {"name": "y"}}')],
];

describe.each(HOSTILE)('data that is %s', (_, data) => {
  test('hurts no type of event', () => {
    for (const type of TYPES) exercise(type, data);
  });
});

test('made-up data hurts no type of event', () => {
  const values = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.string({ unit: 'binary' }));
  const data = fc.dictionary(fc.constantFrom(...FIELDS), values, { maxKeys: 20 });
  fc.assert(fc.property(fc.constantFrom(...TYPES), data, exercise), { numRuns: 500 });
});

test('what __proto__ says is not believed', () => {
  const data = JSON.parse('{"__proto__": {"crew_name": "evil"}}') as unknown;
  const detail = createDescriber(SETTINGS)(...asArguments('crew_kickoff_started', data));
  expect(detail.values).toEqual([]);
  expect(detail.target).toBeUndefined();
});

describe('what makes no span', () => {
  test.each(['llm_stream_chunk', 'llm_thinking_chunk', 'a2a_streaming_chunk'])('%s keeps nothing', type => {
    expect(createDescriber(WITH_CONTENT)(...asArguments(type, { chunk: 'x' }))).toBe(EMPTY_DETAIL);
  });

  test.each(['flow_started', 'flow_finished', 'flow_failed'])('%s of CrewAI itself keeps nothing', type => {
    const data = { flow_name: 'AgentExecutor', state: { messages: ['x'] } };
    expect(createDescriber(WITH_CONTENT)(...asArguments(type, data))).toBe(EMPTY_DETAIL);
  });
});

function asArguments(type: string, data: unknown): Parameters<ReturnType<typeof createDescriber>> {
  const incoming = event(type, data);
  return [incoming, readFacts(incoming)];
}
