import { describe, expect, it } from 'vitest';
import { hasMoreContainersThan } from '../../src/webhook/containers.ts';

/** Whether it holds as many as said, and not one more. */
function holds(text: string, count: number): boolean {
  const bytes = Buffer.from(text);
  return hasMoreContainersThan(bytes, count - 1) && !hasMoreContainersThan(bytes, count);
}

describe('the lists and objects of JSON', () => {
  it('are counted one by one', () => {
    expect(holds('[{"a":[1]},{}]', 4)).toBe(true);
  });

  it.each([
    ['in a prompt', '["[[[[{{{{"]'],
    ['behind an escaped quote', String.raw`["say \"[[[[\" and {{{{"]`],
    ['behind quotes that are escaped one after the other', String.raw`["\"\"[[[[\"{{{{"]`],
    ['behind a backslash that stands for itself', String.raw`["[[[[\\","{{{{"]`],
    ['behind an empty string', '["","[[[[","{{{{"]'],
    ['in a string that never ends', '["[[[[ {{{{'],
  ])('are not brackets %s', (_, text) => {
    expect(holds(text, 1)).toBe(true);
  });

  it('are counted behind a string that ends with backslashes', () => {
    expect(holds(String.raw`["\\\\",[],{}]`, 3)).toBe(true);
  });
});
