import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonOrText, jsonText, parseJson } from '../src/json-text.ts';

const DEPTH = 100_000;

it('writes what JSON.stringify overflows the stack at', () => {
  const text = `${'[{"a":1,"b":['.repeat(DEPTH)}${'],"c":"\\u2028\\""}]'.repeat(DEPTH)}`;
  const value: unknown = JSON.parse(text);
  expect(() => JSON.stringify(value)).toThrow(RangeError);
  expect(jsonText(value)).toBe(text.replaceAll('\\u2028', '\u2028'));
});

it('writes what is not so deep as JSON.stringify does, also below what is', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const text = JSON.stringify(value);
      const deep: unknown = JSON.parse(`${'['.repeat(DEPTH)}${text}${']'.repeat(DEPTH)}`);
      expect(jsonText(JSON.parse(text))).toBe(text);
      expect(jsonText(deep).slice(DEPTH, -DEPTH)).toBe(text);
    }),
    { numRuns: 30 },
  );
});

it.each([
  ['{"a":[1]}', { a: [1] }],
  ['null', null],
  ['{', undefined],
  ['', undefined],
])('reads %s', (text, value) => {
  expect(parseJson(text)).toEqual(value);
});

it.each([
  [' {"a":[1]}', { a: [1] }],
  ['[]', []],
  ['{not json', '{not json'],
  ['1', '1'],
  ['"quoted"', '"quoted"'],
  ['', ''],
])('takes a list or an object out of %j, and leaves other text', (text, value) => {
  expect(jsonOrText(text)).toEqual(value);
});
