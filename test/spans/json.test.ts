import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toJson } from '../../src/spans/json.ts';
import { nested } from './support.ts';

const NO_LIMIT = Number.MAX_SAFE_INTEGER;

test('what fits is what JSON.stringify makes of it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), value => {
      expect(toJson(value, NO_LIMIT)).toEqual({ text: JSON.stringify(value), cutFrom: undefined });
    }),
  );
});

test('what does not fit is still JSON, in the bytes it may take, and says how large it was', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.integer({ min: 4, max: 200 }), (value, limit) => {
      const whole = Buffer.byteLength(JSON.stringify(value));
      const { text, cutFrom } = toJson(value, limit);
      expect(() => JSON.parse(text)).not.toThrow();
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(limit);
      expect(cutFrom).toBe(whole <= limit ? undefined : whole);
    }),
  );
});

describe('a long text', () => {
  test('gives way before structure does', () => {
    const { text, cutFrom } = toJson({ a: 'x'.repeat(1000), b: { c: 1 }, d: ['y'] }, 200);
    expect(JSON.parse(text)).toEqual({ a: expect.stringMatching(/^x{100,}$/) as string, b: { c: 1 }, d: ['y'] });
    expect(cutFrom).toBe(1030);
  });

  test('gives way more the longer it is', () => {
    const value = ['z'.repeat(6000), 'x'.repeat(100), 'y'.repeat(5000)];
    const [third, first, second] = JSON.parse(toJson(value, 2000).text) as string[];
    expect(first).toHaveLength(100);
    expect(second?.length).toBeGreaterThan(900);
    expect(third?.length).toBe(second?.length);
  });

  test('is cut by the bytes of its escapes', () => {
    const { text } = toJson(['\u0001'.repeat(1000), '"'.repeat(1000)], 500);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(500);
    expect(Buffer.byteLength(text)).toBeGreaterThan(450);
    expect(JSON.parse(text)).toHaveLength(2);
  });
});

describe('where cutting texts is not enough', () => {
  test('what comes last is left out, and nothing before it, however short that is', () => {
    expect(toJson(['a'.repeat(60), 1, 'b'.repeat(60), 2], 70).text).toBe(`["${'a'.repeat(60)}",1]`);
  });

  test('a list whose name does not fit leaves no trace of itself', () => {
    expect(toJson({ ['k'.repeat(50)]: [], a: 1 }, 20).text).toBe('{}');
    const rest = '{"a":{},"b":1}';
    expect(toJson({ a: { ['k'.repeat(50)]: [] }, b: 1 }, rest.length).text).toBe(rest);
  });
});

test('what lies too deep is left out, and marked', () => {
  const { text, cutFrom } = toJson(nested(10_000), NO_LIMIT);
  expect(() => JSON.parse(text)).not.toThrow();
  expect(text.length).toBeLessThan(1000);
  expect(cutFrom).toBeGreaterThan(0);
});

test('what lies too deep takes nothing else with it', () => {
  const { text } = toJson({ deep: nested(100), next: [1, 2] }, NO_LIMIT);
  expect(JSON.parse(text)).toMatchObject({ next: [1, 2] });
});

test('lone surrogates become well-formed, in keys and in values', () => {
  const { text } = toJson({ '\ud800': 'a\udc00b' }, NO_LIMIT);
  expect(JSON.parse(text)).toEqual({ '\uFFFD': 'a\uFFFDb' });
});

test('__proto__ is a key like any other', () => {
  const value = JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}') as unknown;
  expect(toJson(value, NO_LIMIT).text).toBe('{"__proto__":{"x":1},"constructor":2}');
});

test('what is no JSON becomes null', () => {
  expect(toJson([Number.NaN, Number.POSITIVE_INFINITY, undefined, () => 1], NO_LIMIT).text).toBe(
    '[null,null,null,null]',
  );
});
