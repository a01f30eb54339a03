/** What is left of operations that have settled with those around them, which have not. */
import type { Family } from '../crewai/catalogue.ts';
import { type Counts, type Inside, isTransparent, type Operation, type RunningTally } from './operation.ts';

/** What is kept inside an operation; made when it is first needed, as most operations have nothing inside. */
export function insideOf(operation: Operation<unknown>): Inside {
  operation.inside ??= {
    lastTime: Number.NEGATIVE_INFINITY,
    lastArrived: Number.NEGATIVE_INFINITY,
    begun: {},
    calls: { llm: 0, tool: 0 },
    tally: emptyTally(),
  };
  return operation.inside;
}

export function emptyTally(): RunningTally {
  return { input: undefined, output: undefined, llmCalls: 0, toolCalls: 0, failedOperations: 0 };
}

export function countOne(counts: Counts = {}, family: Family): Counts {
  counts[family] = (counts[family] ?? 0) + 1;
  return counts;
}

/** The operation that this one began directly in, transparent ones passed over, while that is in flight. */
export function begunIn<D>(operation: Operation<D>): Operation<D> | undefined {
  let parent = operation.parent;
  while (parent?.is === 'operation' && isTransparent(parent)) parent = parent.parent;
  return parent?.is === 'operation' ? parent : undefined;
}
