import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createQueue, dropFirst, itemsIn, peek, put, type Queue } from '../../../src/assembly/collections/queue.ts';

const compare = (a: number, b: number): number => a - b;

function takeFirst(queue: Queue<number>): number | undefined {
  const first = peek(queue, compare);
  if (first !== undefined) dropFirst(queue, compare);
  return first;
}

describe('a queue', () => {
  it('is empty at first, and after all was taken', () => {
    const queue = createQueue<number>();
    expect(peek(queue, compare)).toBeUndefined();
    put(queue, 1, compare);
    expect(takeFirst(queue)).toBe(1);
    expect(peek(queue, compare)).toBeUndefined();
    expect([...itemsIn(queue)]).toEqual([]);
  });

  it('gives out what was put in in order, and does not hold on to it', () => {
    const queue = createQueue<number>();
    for (let item = 0; item < 1_000; item++) put(queue, item, compare);
    for (let item = 0; item < 400; item++) expect(takeFirst(queue)).toBe(item);
    expect(queue.row.filter(item => item !== undefined)).toHaveLength(600);
    for (let item = 400; item < 1_000; item++) expect(takeFirst(queue)).toBe(item);
    expect(queue.row).toEqual([]);
  });

  it('gives out the first of what is in it, in whatever order it was put in and taken', () => {
    const steps = fc.array(fc.option(fc.nat(1_000), { nil: undefined }), { maxLength: 200 });
    fc.assert(
      fc.property(steps, actions => {
        const queue = createQueue<number>();
        const expected: number[] = [];
        for (const item of actions) {
          if (item !== undefined) {
            put(queue, item, compare);
            expected.push(item);
            expected.sort(compare);
          } else expect(takeFirst(queue)).toBe(expected.shift());
          expect([...itemsIn(queue)].sort(compare)).toEqual(expected);
        }
        while (expected.length > 0) expect(takeFirst(queue)).toBe(expected.shift());
        expect(peek(queue, compare)).toBeUndefined();
      }),
    );
  });
});
