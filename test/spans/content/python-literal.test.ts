import { describe, expect, test } from 'vitest';
import { readPythonLiteral, revived, unquoted } from '../../../src/spans/content/python-literal.ts';
import { nested } from '../support.ts';

describe('Python source', () => {
  test.each([
    [
      "{'id': 'call_1', 'n': 1, 'x': -2.5e3, 'ok': True, 'no': False, 'none': None}",
      { id: 'call_1', n: 1, x: -2500, ok: true, no: false, none: null },
    ],
    ["['a', ['b'], ('c', 'd'), {}, [], ()]", ['a', ['b'], ['c', 'd'], {}, [], []]],
    ["('a',)", ['a']],
    [String.raw`'it\'s "quoted"\n\x41\u00e9\U0001F600\\'`, 'it\'s "quoted"\nAé😀\\'],
    [`"it's"`, "it's"],
    ["{'a': 1,}", { a: 1 }],
  ])('%s', (source, expected) => {
    expect(JSON.parse(JSON.stringify(readPythonLiteral(source)))).toEqual(expected);
  });

  test.each([
    ['hello'],
    ["UUID('8b8b5e71')"],
    ["{'a': UUID('x')}"],
    ["'unfinished"],
    ["{'a' 1}"],
    ["['a' 'b']"],
    ["'a' + 'b'"],
    ['{1: 2}'],
    ['Trueish'],
    [''],
    ['['.repeat(10_000)],
    [`'${'x'.repeat(70_000)}'`],
    [String.raw`'\U00FFFFFF`],
  ])('is not what %j is', text => {
    expect(readPythonLiteral(text)).toBeUndefined();
  });
});

test('quotes of repr() are taken off a text, and off no other', () => {
  expect(unquoted("'lookup'")).toBe('lookup');
  expect(unquoted(String.raw`'{"q": "it\'s"}'`)).toBe(`{"q": "it's"}`);
  expect(unquoted("'a' and 'b'")).toBe("'a' and 'b'");
  expect(unquoted("'")).toBe("'");
});

test('a value is revived all the way down, and only where it was a repr', () => {
  const value = {
    properties: `{'q': "{'title': 'Q', 'type': 'string'}"}`,
    required: ["'q'"],
    n: 1,
    text: '42',
    odd: '[not python',
  };
  expect(JSON.parse(JSON.stringify(revived(value)))).toEqual({
    properties: { q: { title: 'Q', type: 'string' } },
    required: ['q'],
    n: 1,
    text: '42',
    odd: '[not python',
  });
  expect(() => revived(nested(10_000))).not.toThrow();
});
