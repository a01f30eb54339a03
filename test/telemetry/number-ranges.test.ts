import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addNumber, countMissing, type NumberRanges } from '../../src/telemetry/number-ranges.ts';

function rangesOf(numbers: readonly number[], maxRanges = 1_000): NumberRanges {
  const ranges: NumberRanges = [];
  for (const number of numbers) addNumber(ranges, number, maxRanges);
  return ranges;
}

function notAmong(numbers: readonly number[], low: number, high: number): number {
  const there = new Set(numbers);
  let missing = 0;
  for (let number = low; number <= high; number += 1) if (!there.has(number)) missing += 1;
  return missing;
}

const NUMBERS = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 60 });
const BOUNDS = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }));

describe('ranges of numbers', () => {
  it('know what is missing as a plain set does, in any order and with repeats', () => {
    fc.assert(
      fc.property(NUMBERS, BOUNDS, (numbers, [a, b]) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        expect(countMissing(rangesOf(numbers), low, high, 1_000)).toBe(notAmong(numbers, low, high));
      }),
    );
  });

  it('never count more than is missing, however few ranges they keep', () => {
    fc.assert(
      fc.property(NUMBERS, BOUNDS, fc.integer({ min: 1, max: 4 }), (numbers, [a, b], maxRanges) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const counted = countMissing(rangesOf(numbers, maxRanges), low, high, 1_000);
        expect(counted).toBeLessThanOrEqual(notAmong(numbers, low, high));
        expect(counted).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('pass over a gap that is too wide', () => {
    expect(countMissing(rangesOf([1, 3, 500]), 1, 500, 100)).toBe(1);
  });
});
