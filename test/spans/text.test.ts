import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asName, clip, clipBytes, firstLine } from '../../src/spans/text.ts';

const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom('a', 'é', '漢', '😀', '\ud83d', '\ude00', '\n'),
    fc.string({ unit: 'binary', maxLength: 1 }),
  ),
});

function isWellFormed(text: string): boolean {
  return Buffer.from(text).toString() === text;
}

test('text in bytes is a well-formed beginning that fits, and as long as fits', () => {
  fc.assert(
    fc.property(anyText, fc.nat(40), (text, limit) => {
      const kept = clipBytes(text, limit);
      const whole = text.replace(/\p{Surrogate}/gu, '\uFFFD');
      expect(isWellFormed(kept)).toBe(true);
      expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(limit);
      expect(whole.startsWith(kept)).toBe(true);
      if (kept !== whole) expect(Buffer.byteLength(kept)).toBeGreaterThan(limit - 4);
    }),
  );
});

test('text in characters is a well-formed beginning that fits', () => {
  fc.assert(
    fc.property(anyText, fc.nat(40), (text, limit) => {
      const kept = clip(text, limit);
      expect(isWellFormed(kept)).toBe(true);
      expect(kept.length).toBeLessThanOrEqual(limit);
      expect(text.replace(/\p{Surrogate}/gu, '\uFFFD').startsWith(kept)).toBe(true);
    }),
  );
});

test('the first and the last half of a pair are left out, where the other half is cut off', () => {
  expect(['\u{10000}', '\u{10ffff}'].map(pair => clip(`a${pair}`, 2))).toEqual(['a', 'a']);
});

describe('the first line', () => {
  test.each([
    ['one\ntwo', 'one'],
    ['one\r\ntwo', 'one'],
    ['\n\n  one  \ntwo', 'one'],
    ['one\u2028two', 'one'],
    ['', ''],
    [' \n ', ''],
  ])('of %j is %j', (text, expected) => {
    expect(firstLine(text)).toBe(expected);
  });

  test('is at most 1 KiB', () => {
    expect(Buffer.byteLength(firstLine('漢'.repeat(2000)))).toBe(1023);
  });
});

describe('a name', () => {
  test.each([
    ['Researcher', 'Researcher'],
    ['Researcher\n', 'Researcher'],
    ['x'.repeat(80), 'x'.repeat(80)],
    ['x'.repeat(81), undefined],
    ['two\nlines', undefined],
    ['a\u0000b', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j gives %j', (text, expected) => {
    expect(asName(text)).toBe(expected);
  });
});
