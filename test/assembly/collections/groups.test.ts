import { describe, expect, it } from 'vitest';
import { addTo, removeFrom, takeAll } from '../../../src/assembly/collections/groups.ts';

describe('groups', () => {
  it('are made when something goes in', () => {
    const groups = addTo<string>(undefined, 'a', 'one');
    expect(addTo(groups, 'a', 'other')).toBe(groups);
    addTo(groups, 'b', 'third');
    expect(groups).toEqual(
      new Map([
        ['a', new Set(['one', 'other'])],
        ['b', new Set(['third'])],
      ]),
    );
  });

  it('keep no key under which nothing is left', () => {
    const groups = addTo<string>(undefined, 'a', 'one');
    addTo(groups, 'a', 'other');
    removeFrom(groups, 'a', 'one');
    expect(groups.get('a')).toEqual(new Set(['other']));
    removeFrom(groups, 'a', 'other');
    removeFrom(groups, 'a', 'other');
    expect(groups.size).toBe(0);
    expect(() => removeFrom(undefined, 'a', 'one')).not.toThrow();
  });

  it('give out what is under a key once', () => {
    const groups = addTo<string>(undefined, 'a', 'one');
    addTo(groups, 'a', 'other');
    expect([...takeAll(groups, 'a')]).toEqual(['one', 'other']);
    expect([...takeAll(groups, 'a')]).toEqual([]);
    expect([...takeAll(undefined, 'a')]).toEqual([]);
  });
});
