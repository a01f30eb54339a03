import { describe, expect, test } from 'vitest';
import { asBoolean, asId, asNumber, field, unquotePython } from '../../src/crewai/readers.ts';

describe('a number', () => {
  test.each<[unknown, number | undefined]>([
    ['0', 0],
    ['-1.5e3', -1_500],
    ['', undefined],
    ['1e999', undefined],
    ['1'.repeat(33), undefined],
    // What JSON.parse makes of 1e999.
    [Number.POSITIVE_INFINITY, undefined],
    [null, undefined],
    [true, undefined],
  ])('%j is %j', (value, expected) => {
    expect(asNumber(value)).toBe(expected);
  });
});

test('an id may be a number, but not one that is none', () => {
  expect(asId(7)).toBe('7');
  expect(asId(Number.POSITIVE_INFINITY)).toBeUndefined();
});

test('the word for it is no boolean', () => {
  expect([true, false, 'true', 1].map(asBoolean)).toEqual([true, false, undefined, undefined]);
});

test('what every object has from its prototype is no field of it', () => {
  expect(['constructor', 'toString', '__proto__'].map(key => field({}, key))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(field(JSON.parse('{"constructor": 1}'), 'constructor')).toBe(1);
});

describe('Python source', () => {
  test.each([
    ["'lookup'", 'lookup'],
    ['"it\'s"', "it's"],
    ["''", ''],
    ["<LLMCallType.LLM_CALL: 'llm_call'>", 'llm_call'],
    ["<class 'ValueError'>", 'ValueError'],
    ["'a' or 'b'", "'a' or 'b'"],
    ['lookup', 'lookup'],
  ])('%s stands for %s', (text, expected) => {
    expect(unquotePython(text)).toBe(expected);
  });
});
