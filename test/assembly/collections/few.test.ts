import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countOf, each, type Few, find, including, without } from '../../../src/assembly/collections/few.ts';

interface Thing {
  readonly id: string;
  readonly version: number;
}

const idOf = ({ id }: Thing): string => id;
const thing = (id: number, version = 0): Thing => ({ id: String(id), version });

function fewOf(things: readonly Thing[]): Few<Thing> {
  let few: Few<Thing>;
  for (const one of things) few = including(few, one, idOf);
  return few;
}

describe('a few things', () => {
  it('need nothing around them as long as there is but one', () => {
    const one = thing(1);
    expect(including(undefined, one, idOf)).toBe(one);
    expect(including(one, one, idOf)).toBe(one);
    expect(without(one, '1', idOf)).toBeUndefined();
    expect(without(fewOf([one, thing(2)]), '2', idOf)).toBe(one);
  });

  it('are those of a map, whatever comes and goes', () => {
    const steps = fc.array(fc.record({ id: fc.nat(15), version: fc.nat(2), comes: fc.boolean() }), { maxLength: 80 });
    fc.assert(
      fc.property(steps, changes => {
        let few: Few<Thing>;
        const expected = new Map<string, Thing>();
        for (const { id, version, comes } of changes) {
          const one = thing(id, version);
          few = comes ? including(few, one, idOf) : without(few, one.id, idOf);
          if (comes) expected.set(one.id, one);
          else expected.delete(one.id);
          expect([...each(few)]).toEqual([...expected.values()]);
          expect(countOf(few)).toBe(expected.size);
          for (let each = 0; each <= 15; each++) {
            expect(find(few, String(each), idOf)).toEqual(expected.get(String(each)));
          }
        }
      }),
    );
  });

  it('are not gone through where they are many', () => {
    const few = fewOf(Array.from({ length: 5 }, (_, id) => thing(id)));
    let looks = 0;
    find(few, '4', one => {
      looks++;
      return one.id;
    });
    expect(looks).toBe(0);
  });

  it('can each be taken away as it is met', () => {
    for (const count of [1, 2, 5, 20]) {
      const things = Array.from({ length: count }, (_, id) => thing(id));
      let few = fewOf(things);
      const met: Thing[] = [];
      for (const one of each(few)) {
        met.push(one);
        few = without(few, one.id, idOf);
      }
      expect(met).toEqual(things);
      expect(countOf(few)).toBe(0);
    }
  });
});
