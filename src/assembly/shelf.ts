/** Things kept by execution and id. In maps within maps: a key made of all three would be a new string for each look. */
import type { ExecutionKey } from '../journal/journal.ts';

export interface Shelf<T> {
  readonly isEmpty: boolean;
  get(execution: ExecutionKey, id: string): T | undefined;
  put(execution: ExecutionKey, id: string, value: T): void;
  /** Whether there is anything of an execution. */
  has(execution: ExecutionKey): boolean;
  /** Those of an execution one after the other. */
  values(): T[];
}

export function createShelf<T>(): Shelf<T> {
  const bySource = new Map<string, Map<string, Map<string, T>>>();

  return {
    get isEmpty() {
      return bySource.size === 0;
    },
    get: ({ source, executionId }, id) => bySource.get(source)?.get(executionId)?.get(id),
    put({ source, executionId }, id, value) {
      const executions = entry(bySource, source);
      entry(executions, executionId).set(id, value);
    },
    has: ({ source, executionId }) => bySource.get(source)?.has(executionId) ?? false,
    values() {
      const values: T[] = [];
      for (const executions of bySource.values()) {
        for (const things of executions.values()) for (const thing of things.values()) values.push(thing);
      }
      return values;
    },
  };
}

function entry<K, V>(maps: Map<string, Map<K, V>>, key: string): Map<K, V> {
  const known = maps.get(key);
  if (known !== undefined) return known;
  const fresh = new Map<K, V>();
  maps.set(key, fresh);
  return fresh;
}
