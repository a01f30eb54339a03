/**
 * Things by a key, several under one. Most executions have none: what is not needed is not made, and a key under which
 * nothing is left goes.
 */
export type Groups<T, Key = string> = Map<Key, Set<T>>;

export function addTo<T, Key = string>(groups: Groups<T, Key> | undefined, key: Key, item: T): Groups<T, Key> {
  const some = groups ?? new Map<Key, Set<T>>();
  const group = some.get(key);
  if (group === undefined) some.set(key, new Set([item]));
  else group.add(item);
  return some;
}

export function removeFrom<T>(groups: Groups<T> | undefined, key: string, item: T): void {
  const group = groups?.get(key);
  group?.delete(item);
  if (group?.size === 0) groups?.delete(key);
}

const NOTHING: ReadonlySet<never> = new Set();

/** Everything under a key, which is gone from there now. */
export function takeAll<T>(groups: Groups<T> | undefined, key: string): ReadonlySet<T> {
  const group = groups?.get(key);
  if (group === undefined) return NOTHING;
  groups?.delete(key);
  return group;
}
