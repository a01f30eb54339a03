/**
 * Things kept by execution and id. By source and by id first, which as a rule stands for one thing: a map for each
 * execution would be larger than what it holds, and a key made of all three a new string for each look.
 */
import type { ExecutionKey } from '../journal/journal.ts';
import { each, type Few, find, including } from './few.ts';

export interface Shelf<T> {
  readonly isEmpty: boolean;
  get(execution: ExecutionKey, id: string): T | undefined;
  /** In the place of what is there under this id of its execution. */
  put(id: string, thing: T): void;
  /** Whether there is anything of an execution. */
  has(execution: ExecutionKey): boolean;
  /** Those of a source one after the other. */
  values(): T[];
}

interface OfSource<T extends object> {
  /** Of one id there may be one in each execution. */
  readonly byId: Map<string, Few<T>>;
  readonly executionIds: Set<string>;
}

const executionIdOf = ({ execution }: { readonly execution: ExecutionKey }): string => execution.executionId;

export function createShelf<T extends { readonly execution: ExecutionKey }>(): Shelf<T> {
  const bySource = new Map<string, OfSource<T>>();

  function ofSource(source: string): OfSource<T> {
    let things = bySource.get(source);
    if (things === undefined) {
      things = { byId: new Map(), executionIds: new Set() };
      bySource.set(source, things);
    }
    return things;
  }

  return {
    get isEmpty() {
      return bySource.size === 0;
    },
    get: ({ source, executionId }, id) => find(bySource.get(source)?.byId.get(id), executionId, executionIdOf),
    put(id, thing) {
      const { source, executionId } = thing.execution;
      const { byId, executionIds } = ofSource(source);
      byId.set(id, including(byId.get(id), thing, executionIdOf));
      executionIds.add(executionId);
    },
    has: ({ source, executionId }) => bySource.get(source)?.executionIds.has(executionId) ?? false,
    values() {
      const values: T[] = [];
      for (const { byId } of bySource.values()) {
        for (const things of byId.values()) for (const thing of each(things)) values.push(thing);
      }
      return values;
    },
  };
}
