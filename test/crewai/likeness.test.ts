import { describe, expect, test } from 'vitest';
import { continues, digestArguments, digestMessages } from '../../src/crewai/likeness.ts';

describe('the digest of arguments', () => {
  test.each<[string, unknown, unknown]>([
    ['a value deep inside', { a: { b: [1, { c: 'x' }] } }, { a: { b: [1, { c: 'y' }] } }],
    ['the name of an argument', { from: 'Oslo' }, { to: 'Oslo' }],
    ['an item of a list', ['Oslo', 'Rome'], ['Oslo', 'Paris']],
    ['the order of a list', ['Oslo', 'Rome'], ['Rome', 'Oslo']],
    ['where a value ends', { a: 'xy', b: 'z' }, { a: 'x', b: 'yz' }],
    [
      'two long texts, in the middle',
      `${'x'.repeat(1_000)}a${'x'.repeat(500)}`,
      `${'x'.repeat(1_000)}b${'x'.repeat(500)}`,
    ],
    ['text that looks like JSON and is none', '{Oslo', '{Rome'],
  ])('tells apart: %s', (_, one, other) => {
    expect(digestArguments(one)).not.toBe(digestArguments(other));
  });

  test('is the same whichever argument is named first, and with spaces before the JSON text', () => {
    expect(digestArguments(' \n{"b": [1, 2], "a": null}')).toBe(digestArguments({ a: null, b: [1, 2] }));
  });

  test.each([
    ['no arguments', undefined],
    ['null', null],
    ['text too long to be parsed for it', `{"a": "${'x'.repeat(300_000)}"}`],
  ])('there is none of %s: it would be like any other of these', (_, value) => {
    expect(digestArguments(value)).toBeUndefined();
  });
});

describe('the messages of an end', () => {
  const asked = { role: 'user', content: 'Oslo?' };
  const answered = { role: 'assistant', content: 'Rain.' };

  test.each<[string, unknown, unknown, boolean | undefined]>([
    ['are those of the start', [asked], [asked], true],
    ['go on from them', [asked, answered], [asked], true],
    ['are fewer', [asked], [asked, answered], false],
    ['are others', [answered], [asked], false],
    ['are the same words of another role', [{ ...asked, role: 'system' }], [asked], false],
    ['are the same text', 'Oslo?', 'Oslo?', true],
    ['are another text', 'Rome?', 'Oslo?', false],
    ['are not said', null, [asked], undefined],
    ['are said where the start says none', [asked], undefined, undefined],
  ])('%s', (_, end, start, expected) => {
    expect(continues(digestMessages(end), digestMessages(start))).toBe(expected);
  });
});
