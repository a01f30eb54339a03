/**
 * Things of one kind by an id of their own, as a rule none or a few: that is what most of thousands of open executions
 * hold. One needs nothing around it, and a list of some is a third of a map and takes no room in advance. Of more there
 * is a map, which then stays: to look through five takes three times as long as to ask a map.
 *
 * What `including` and `without` answer takes the place of what they were given.
 */
export type Few<T extends object> = undefined | T | readonly T[] | Map<string, T>;

/** It must not change while the thing is among others. */
export type IdOf<T> = (thing: T) => string;

const MOST_IN_LIST = 4;

export function find<T extends object>(few: Few<T>, id: string, idOf: IdOf<T>): T | undefined {
  if (few instanceof Map) return few.get(id);
  if (!isList(few)) return few !== undefined && idOf(few) === id ? few : undefined;
  for (let at = 0; at < few.length; at++) {
    const thing = few[at];
    if (thing !== undefined && idOf(thing) === id) return thing;
  }
  return undefined;
}

/** `few` with `thing`, in the place of what has its id. */
export function including<T extends object>(few: Few<T>, thing: T, idOf: IdOf<T>): Few<T> {
  if (few === undefined || few === thing) return thing;
  const id = idOf(thing);
  if (few instanceof Map) return few.set(id, thing);
  const list = isList(few) ? few : [few];
  const before = find(list, id, idOf);
  if (before === thing) return few;
  if (before !== undefined) return list.map(one => (one === before ? thing : one));
  // Not pushed: a list that grows makes room for 16 more.
  if (list.length < MOST_IN_LIST) return list.concat([thing]);
  return new Map([...list, thing].map(one => [idOf(one), one]));
}

/** `few` without what has this id. */
export function without<T extends object>(few: Few<T>, id: string, idOf: IdOf<T>): Few<T> {
  if (few instanceof Map) {
    few.delete(id);
    return few;
  }
  if (!isList(few)) return few !== undefined && idOf(few) === id ? undefined : few;
  const thing = find(few, id, idOf);
  if (thing === undefined) return few;
  const at = few.indexOf(thing);
  return few.length === 2 ? few[1 - at] : few.toSpliced(at, 1);
}

export function countOf(few: Few<object>): number {
  if (few instanceof Map) return few.size;
  if (isList(few)) return few.length;
  return few === undefined ? 0 : 1;
}

const NOTHING: readonly never[] = [];

/** Each of them, in the order in which they came. The one that is met may be taken away meanwhile. */
export function each<T extends object>(few: Few<T>): Iterable<T> {
  if (few instanceof Map) return few.values();
  if (isList(few)) return few;
  return few === undefined ? NOTHING : [few];
}

function isList<T extends object>(few: Few<T>): few is readonly T[] {
  return Array.isArray(few);
}
