import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toolDefinitions } from '../../../src/spans/content/definitions.ts';
import { inputMessages, outputMessages } from '../../../src/spans/content/messages.ts';
import { nested } from '../support.ts';

const LIMIT = 32_768;

function input(value: unknown, limit = LIMIT): unknown {
  const built = inputMessages(value, limit);
  return built && (JSON.parse(built.text) as unknown);
}

function output(value: unknown, reason = 'stop'): unknown {
  const built = outputMessages(value, reason, LIMIT);
  return built && (JSON.parse(built.text) as unknown);
}

/** The parts of the only message that `content` makes. */
function partsOf(content: unknown): unknown {
  return (input([{ role: 'user', content }]) as { parts: unknown }[] | undefined)?.[0]?.parts;
}

describe('what went in', () => {
  test.each([
    ['a text', 'hello', [{ role: 'user', parts: [{ type: 'text', content: 'hello' }] }]],
    ['an object, as its JSON', { a: 1 }, [{ role: 'user', parts: [{ type: 'text', content: '{"a":1}' }] }]],
    [
      'one message alone',
      { role: 'user', content: 'hi' },
      [{ role: 'user', parts: [{ type: 'text', content: 'hi' }] }],
    ],
    [
      'a quoted role',
      [{ role: "'system'", content: 'hi' }],
      [{ role: 'system', parts: [{ type: 'text', content: 'hi' }] }],
    ],
    [
      'a role of another name',
      [{ role: 'developer', content: 'hi' }],
      [{ role: 'system', parts: [{ type: 'text', content: 'hi' }] }],
    ],
    ['a role that is none', [{ role: 7, content: 'hi' }], [{ role: 'user', parts: [{ type: 'text', content: 'hi' }] }]],
    [
      'a name',
      [{ role: 'user', name: 'Ann', content: 'hi' }],
      [{ role: 'user', parts: [{ type: 'text', content: 'hi' }], name: 'Ann' }],
    ],
    [
      'texts in a list',
      ['a', 'b'],
      [
        { role: 'user', parts: [{ type: 'text', content: 'a' }] },
        { role: 'user', parts: [{ type: 'text', content: 'b' }] },
      ],
    ],
    [
      "an assistant's tool calls",
      [
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
        },
      ],
      [{ role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'f', arguments: { a: 1 } }] }],
    ],
    [
      'tool calls as repr()',
      [
        {
          role: 'assistant',
          tool_calls: [
            String.raw`{'id': 'c1', 'type': 'function', 'function': {'name': "'f'", 'arguments': '\'{"a": 1}\''}}`,
          ],
        },
      ],
      [{ role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'f', arguments: { a: 1 } }] }],
    ],
    [
      'tool calls that cannot be read',
      [{ role: 'assistant', tool_calls: ['<object at 0x7f>'] }],
      [{ role: 'assistant', parts: [{ type: 'generic', generic_type: 'tool_call', content: '<object at 0x7f>' }] }],
    ],
    [
      "a tool's answer",
      [{ role: 'tool', tool_call_id: 'c1', name: 'f', content: 'found' }],
      [{ role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'found' }] }],
    ],
  ])('%s', (_, value, expected) => {
    expect(input(value)).toEqual(expected);
  });

  test.each([[undefined], [null], [''], [[]], [{}], [[null, 7, '']], [[{ role: 'user', content: null }]]])(
    '%j is no message',
    value => {
      expect(input(value)).toBeUndefined();
    },
  );
});

describe('a part', () => {
  test.each([
    [
      { type: 'text', text: 'a' },
      { type: 'text', content: 'a' },
    ],
    [
      { type: "'text'", text: "'a'" },
      { type: 'text', content: 'a' },
    ],
    [
      { type: 'thinking', thinking: 'hm' },
      { type: 'reasoning', content: 'hm' },
    ],
    [
      { type: 'image_url', image_url: { url: 'https://a.example/i.png' } },
      { type: 'uri', modality: 'image', uri: 'https://a.example/i.png' },
    ],
    [
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
      { type: 'blob', modality: 'image', mime_type: 'image/png', content: 'AAAA' },
    ],
    [
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
      { type: 'blob', modality: 'image', mime_type: 'image/png', content: 'AAAA' },
    ],
    [
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
      { type: 'blob', modality: 'audio', content: 'AAAA' },
    ],
    [
      { type: 'file', file: { file_id: 'f1' } },
      { type: 'file', modality: 'document', file_id: 'f1' },
    ],
    [
      { type: 'tool_use', id: 't1', name: 'f', input: { a: 1 } },
      { type: 'tool_call', id: 't1', name: 'f', arguments: { a: 1 } },
    ],
    [
      { type: 'tool_result', tool_use_id: 't1', content: 'ok' },
      { type: 'tool_call_response', id: 't1', response: 'ok' },
    ],
    [
      { type: 'new_thing', x: 1 },
      { type: 'generic', generic_type: 'new_thing', content: { type: 'new_thing', x: 1 } },
    ],
  ])('%j', (block, expected) => {
    expect(partsOf([block])).toEqual([expected]);
  });
});

describe('what came out', () => {
  test.each([
    ['a text', 'hi', 'stop', [{ type: 'text', content: 'hi' }]],
    [
      'a list of tool calls',
      [{ id: 'c1', function: { arguments: `'{"q": "x"}'`, name: "'f'" }, type: 'function' }],
      'tool_call',
      [{ type: 'tool_call', id: 'c1', name: 'f', arguments: { q: 'x' } }],
    ],
    ['a message', { role: 'assistant', content: 'hi' }, 'stop', [{ type: 'text', content: 'hi' }]],
    ['a structured answer', { name: 'Bob', age: 42 }, 'stop', [{ type: 'text', content: '{"name":"Bob","age":42}' }]],
    ['a list of structured answers', [{ name: 'Bob' }], 'stop', [{ type: 'text', content: '[{"name":"Bob"}]' }]],
    ['a list of texts', ['a', 'b'], 'stop', [{ type: 'text', content: '["a","b"]' }]],
    ['a number', 42, 'stop', [{ type: 'text', content: '42' }]],
  ])('%s', (_, value, reason, parts) => {
    expect(output(value, reason)).toEqual([{ role: 'assistant', finish_reason: reason, parts }]);
  });

  test.each([[undefined], [null], [''], [[]]])('%j is nothing', value => {
    expect(output(value)).toBeUndefined();
  });
});

describe('too much', () => {
  test('is cut inside its texts, every message staying', () => {
    const messages = ['system', 'user', 'assistant'].map(role => ({ role, content: role[0]?.repeat(5000) }));
    const built = inputMessages(messages, 2000);
    const read = JSON.parse(built?.text ?? '') as { role: string; parts: { content: string }[] }[];
    expect(read.map(({ role }) => role)).toEqual(['system', 'user', 'assistant']);
    for (const { parts } of read) expect(parts[0]?.content.length).toBeGreaterThan(500);
    expect(built?.cutFrom).toBeGreaterThan(15_000);
  });

  test('loses its oldest messages first', () => {
    const messages = Array.from({ length: 1000 }, (_, n) => ({ role: 'user', content: `message ${n}` }));
    const read = JSON.parse(inputMessages(messages, 2000)?.text ?? '') as { parts: { content: string }[] }[];
    expect(read.length).toBeGreaterThan(10);
    expect(read.at(-1)?.parts[0]?.content).toBe('message 999');
  });

  test('of arguments becomes text', () => {
    const args = { list: Array.from({ length: 5000 }, (_, n) => n) };
    const call = { id: 'c', function: { name: 'f', arguments: args } };
    const read = JSON.parse(outputMessages([call], 'tool_call', 2000)?.text ?? '') as {
      parts: { name: string; arguments: unknown }[];
    }[];
    expect(read[0]?.parts[0]).toEqual({
      type: 'tool_call',
      id: 'c',
      name: 'f',
      arguments: expect.stringMatching(/^\{"list":\[0,1/) as string,
    });
  });

  test('is always a list of whole parts, in the bytes that it may take', () => {
    const parts = fc.oneof(
      fc.string({ maxLength: 300 }).map(text => ({ type: 'text', text })),
      fc.jsonValue({ maxDepth: 3 }).map(value => ({ type: 'tool_use', name: 'f', input: value })),
      fc.string().map(url => ({ type: 'image_url', image_url: { url } })),
    );
    const messages = fc.array(
      fc.record({ role: fc.constantFrom('user', 'assistant', 'tool'), content: fc.array(parts, { maxLength: 20 }) }),
    );
    fc.assert(
      fc.property(messages, fc.integer({ min: 100, max: 3000 }), (value, limit) => {
        const built = inputMessages(value, limit);
        if (built === undefined) return;
        expect(Buffer.byteLength(built.text)).toBeLessThanOrEqual(limit);
        for (const message of JSON.parse(built.text) as { role: string; parts: Record<string, unknown>[] }[]) {
          expect(message.parts.length).toBeGreaterThan(0);
          for (const part of message.parts) expect(required(part).every(key => key in part)).toBe(true);
        }
      }),
    );
  });

  test('of depth is left out', () => {
    expect(() => input([{ role: 'user', content: nested(10_000) }])).not.toThrow();
    expect(() => output(nested(10_000))).not.toThrow();
    expect(() => input(nested(10_000))).not.toThrow();
  });

  test('of tools loses the last ones, each that stays being whole', () => {
    const tools = Array.from({ length: 500 }, (_, n) => ({
      name: `tool_${n}`,
      description: 'does things '.repeat(20),
    }));
    const built = toolDefinitions(tools, true, 4000);
    const read = JSON.parse(built?.text ?? '') as { type: string; name: string }[];
    expect(read[0]?.name).toBe('tool_0');
    expect(read.every(({ type, name }) => type === 'function' && /^tool_\d+$/.test(name))).toBe(true);
    expect(built?.cutFrom).toBeGreaterThan(100_000);
  });
});

/** The fields that the conventions require of a part. */
function required({ type }: Record<string, unknown>): readonly string[] {
  switch (type) {
    case 'text':
    case 'reasoning':
      return ['content'];
    case 'tool_call':
      return ['name', 'arguments'];
    case 'tool_call_response':
      return ['response'];
    case 'uri':
      return ['modality', 'uri'];
    case 'blob':
      return ['modality', 'content'];
    default:
      return ['generic_type'];
  }
}
