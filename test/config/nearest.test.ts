import { expect, it } from 'vitest';
import { nearest } from '../../src/config/nearest.ts';

const NAMES = ['CREWSPAN_SETTLE', 'CREWSPAN_IDLE', 'CREWSPAN_MAX_BODY'];

it.each([
  ['a letter left out', 'CREWSPAN_IDL', 'CREWSPAN_IDLE'],
  ['a letter inserted', 'CREWSPAN_IIDLE', 'CREWSPAN_IDLE'],
  ['a letter changed', 'CREWSPAN_IDLA', 'CREWSPAN_IDLE'],
  ['the first letter left out', 'REWSPAN_SETTLE', 'CREWSPAN_SETTLE'],
  ['two letters changed', 'KREWSPAN_IDLA', 'CREWSPAN_IDLE'],
  ['three letters changed, of twelve', 'KREWSPAM_IDA', undefined],
  ['three letters changed, of eighteen', 'KREWSPAM_MAX_BODYY', 'CREWSPAN_MAX_BODY'],
  ['no name at all', '', undefined],
])('%s: %s is taken for %s', (_, name, meant) => {
  expect(nearest(name, NAMES)).toBe(meant);
});

it('allows two letters in a short name, and has nothing to say without candidates', () => {
  expect([nearest('abcd', ['abxy']), nearest('abcd', ['axyz']), nearest('abcd', [])]).toEqual([
    'abxy',
    undefined,
    undefined,
  ]);
});
