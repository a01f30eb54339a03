import { expect, test } from 'vitest';
import { createRecent } from '../../src/crewai/recent.ts';

interface Point {
  readonly x: number;
}

const recently = () =>
  createRecent<Point>(
    (a, b) => a.x === b.x,
    point => ({ ...point }),
  );

test('what is the same as one shortly before is that one', () => {
  const asBefore = recently();
  const first = asBefore({ x: 1 });
  const second = asBefore({ x: 2 });
  expect([first, second]).toEqual([{ x: 1 }, { x: 2 }]);
  expect(asBefore({ x: 1 })).toBe(first);
  expect(asBefore({ x: 2 })).toBe(second);
});

test('what is long past is kept anew', () => {
  const asBefore = recently();
  const first = asBefore({ x: 1 });
  for (let x = 2; x < 100; x++) expect(asBefore({ x })).toEqual({ x });
  expect(asBefore({ x: 1 })).toEqual(first);
  expect(asBefore({ x: 99 })).toBe(asBefore({ x: 99 }));
});
