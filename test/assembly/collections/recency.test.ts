import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRecency, type InLine } from '../../../src/assembly/collections/recency.ts';

interface Named extends InLine<Named> {
  readonly name: number;
}

const named = (name: number): Named => ({ name, older: undefined, newer: undefined });

describe('things in the order in which they were last added', () => {
  it('say whether they were there', () => {
    const line = createRecency<Named>();
    const [one, other] = [named(1), named(2)];
    expect(line.remove(one)).toBe(false);
    line.add(one);
    expect(line.remove(other)).toBe(false);
    expect(line.remove(one)).toBe(true);
    expect(line.remove(one)).toBe(false);
    expect([line.size, line.oldest]).toEqual([0, undefined]);
  });

  it('stay in that order, whichever is added anew or removed', () => {
    const steps = fc.array(fc.record({ name: fc.nat(9), stays: fc.boolean() }), { maxLength: 100 });
    fc.assert(
      fc.property(steps, actions => {
        const line = createRecency<Named>();
        const all = Array.from({ length: 10 }, (_, name) => named(name));
        let expected: number[] = [];
        for (const { name, stays } of actions) {
          const item = all[name];
          if (item === undefined) continue;
          expect(line.remove(item)).toBe(expected.includes(name));
          expected = expected.filter(other => other !== name);
          if (stays) {
            line.add(item);
            expected.push(name);
          }
          expect([...line].map(one => one.name)).toEqual(expected);
          expect([line.size, line.oldest?.name]).toEqual([expected.length, expected[0]]);
        }
      }),
    );
  });
});
