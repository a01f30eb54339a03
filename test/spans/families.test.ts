import { describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../src/crewai/catalogue.ts';
import { FAMILY_CASES } from './cases.ts';
import { build, kindOf, SETTINGS, shown, WITH_CONTENT } from './support.ts';

describe.each(Object.entries(FAMILY_CASES))('%s', (family, cases) => {
  test('spans as they are written down, without content and with it', async () => {
    const spans = Object.entries(cases).flatMap(([name, given]) => [
      [name, shown(build(given, SETTINGS))],
      [`${name}, with content`, shown(build(given, WITH_CONTENT))],
    ]);
    const golden = `${JSON.stringify(Object.fromEntries(spans), undefined, 2)}\n`;
    await expect(golden).toMatchFileSnapshot(`../golden/attributes/${family}.json`);
  });
});

test('every family of the catalogue has its case', () => {
  const shownFamilies = new Set(
    Object.values(FAMILY_CASES)
      .flatMap(cases => Object.values(cases))
      .flatMap(({ start, end }) => [start, end].flatMap(event => (event === undefined ? [] : kindOf(event).family))),
  );
  const families = new Set([...CATALOGUE.values()].flatMap(role => (role.is === 'start' ? [role.kind.family] : [])));
  expect([...families].filter(family => !shownFamilies.has(family))).toEqual([]);
});
