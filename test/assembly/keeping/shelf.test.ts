import { describe, expect, it } from 'vitest';
import { createShelf, createSkeletonShelf } from '../../../src/assembly/keeping/shelf.ts';

const thing = (source: string, executionId: string, name: string) => ({ execution: { source, executionId }, name });

describe('a shelf', () => {
  it('is empty at first', () => {
    const shelf = createShelf();
    expect(shelf.isEmpty).toBe(true);
    expect(shelf.values()).toEqual([]);
    expect(shelf.get({ source: 's', executionId: 'x' }, 'id')).toBeUndefined();
  });

  it('tells apart sources and executions that use one id', () => {
    const shelf = createShelf<ReturnType<typeof thing>>();
    const things = [thing('s', 'x', 'first'), thing('s', 'y', 'second'), thing('t', 'x', 'third')];
    for (const one of things) shelf.put('id', one);
    for (const one of things) expect(shelf.get(one.execution, 'id')).toBe(one);
    expect(shelf.get({ source: 't', executionId: 'y' }, 'id')).toBeUndefined();
    expect(shelf.values()).toEqual(things);
  });

  it('holds the last of what was put under an id', () => {
    const shelf = createShelf<ReturnType<typeof thing>>();
    shelf.put('id', thing('s', 'x', 'first'));
    shelf.put('id', thing('s', 'y', 'other'));
    const last = thing('s', 'x', 'last');
    shelf.put('id', last);
    expect(shelf.get(last.execution, 'id')).toBe(last);
    expect(shelf.values()).toHaveLength(2);
  });
});

describe('a shelf of skeletons', () => {
  const execution = { source: 's', executionId: 'x' };
  const operation = { execution, eventId: 'note', operation: new Uint8Array(1) };
  const mark = { execution, eventId: 'note', beside: 'crew' };

  it.each([
    ['the operation first', [operation, mark]],
    ['the mark first', [mark, operation]],
  ])('holds both, a mark and the operation whose end names it as its start: %s', (_, skeletons) => {
    const shelf = createSkeletonShelf();
    expect(shelf.isEmpty).toBe(true);
    for (const skeleton of skeletons) shelf.put(skeleton);
    expect(shelf.isEmpty).toBe(false);
    expect(shelf.get(execution, 'note', undefined)).toBe(operation);
    expect(shelf.get(execution, 'note', 'crew')).toBe(mark);
    expect(shelf.values()).toEqual([operation, mark]);
  });
});
