/**
 * Things kept by execution and id. By source and by id first, which as a rule stands for one thing: a map for each
 * execution would be larger than what it holds, and a key made of all three a new string for each look.
 */
import type { ExecutionKey, Skeleton } from '../../journal/journal.ts';
import { each, type Few, find, including } from '../collections/few.ts';

export interface Shelf<T> {
  readonly isEmpty: boolean;
  get(execution: ExecutionKey, id: string): T | undefined;
  /** In the place of what is there under this id of its execution. */
  put(id: string, thing: T): void;
  /** Those of a source one after the other. */
  values(): T[];
}

const executionIdOf = ({ execution }: { readonly execution: ExecutionKey }): string => execution.executionId;

export function createShelf<T extends { readonly execution: ExecutionKey }>(): Shelf<T> {
  /** Of one id there may be one in each execution. */
  const bySource = new Map<string, Map<string, Few<T>>>();

  function ofSource(source: string): Map<string, Few<T>> {
    let byId = bySource.get(source);
    if (byId === undefined) {
      byId = new Map();
      bySource.set(source, byId);
    }
    return byId;
  }

  return {
    get isEmpty() {
      return bySource.size === 0;
    },
    get: ({ source, executionId }, id) => find(bySource.get(source)?.get(id), executionId, executionIdOf),
    put(id, thing) {
      const byId = ofSource(thing.execution.source);
      byId.set(id, including(byId.get(id), thing, executionIdOf));
    },
    values() {
      const values: T[] = [];
      for (const byId of bySource.values()) {
        for (const things of byId.values()) for (const thing of each(things)) values.push(thing);
      }
      return values;
    },
  };
}

export interface SkeletonShelf {
  readonly isEmpty: boolean;
  get(execution: ExecutionKey, eventId: string, beside: string | undefined): Skeleton | undefined;
  put(skeleton: Skeleton): void;
  values(): Skeleton[];
}

/** One id may have a skeleton that is found by it alone, of an operation, and one of an event beside another. */
export function createSkeletonShelf(): SkeletonShelf {
  const alone = createShelf<Skeleton>();
  const beside = createShelf<Skeleton>();
  const shelfOf = (other: string | undefined): Shelf<Skeleton> => (other === undefined ? alone : beside);
  return {
    get isEmpty() {
      return alone.isEmpty && beside.isEmpty;
    },
    get: (execution, eventId, other) => shelfOf(other).get(execution, eventId),
    put: skeleton => shelfOf(skeleton.beside).put(skeleton.eventId, skeleton),
    values: () => [...alone.values(), ...beside.values()],
  };
}
