import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shared } from '../../src/crewai/shared-texts.ts';

test('a text is the same text, whatever came before it', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.string({ unit: 'binary', minLength: 8 }), fc.uuid())), texts => {
      expect(texts.map(text => shared(text))).toEqual(texts);
    }),
  );
});

test('more texts than are remembered stay what they are', () => {
  const ids = Array.from({ length: 20_000 }, () => randomUUID());
  for (let round = 0; round < 2; round++) expect(ids.map(shared)).toEqual(ids);
});

test('no text stays none', () => {
  expect(shared(undefined)).toBeUndefined();
  expect(shared('')).toBe('');
});
