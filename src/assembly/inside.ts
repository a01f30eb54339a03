/** What is left of operations that have settled with those around them, which have not. */
import type { Family } from '../crewai/catalogue.ts';
import {
  type Counts,
  type Hearsay,
  type Inside,
  isTransparent,
  type Operation,
  type RunningTally,
} from './operation.ts';

/** What is kept inside an operation; made when it is first needed, as most operations have nothing inside. */
export function insideOf(operation: Operation<unknown>): Inside {
  operation.inside ??= {
    lastTime: Number.NEGATIVE_INFINITY,
    lastArrived: 0,
    begun: {},
    calls: { llm: 0, tool: 0 },
    tally: emptyTally(),
    recorded: false,
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

/** As the journal keeps it. The clock of arrival is one of this process: its times are left out. */
interface Kept {
  readonly lastTime: number;
  readonly begun: Counts;
  readonly calls: Inside['calls'];
  readonly tally: RunningTally;
  readonly heard?: Hearsay | undefined;
  readonly flowId?: string | undefined;
  /** Of its execution. */
  readonly endsSeen: boolean;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeInside({ execution, heard, flowId }: Operation<unknown>, inside: Inside): Uint8Array {
  const { lastTime, begun, calls, tally } = inside;
  const kept: Kept = { lastTime, begun, calls, tally, heard, flowId, endsSeen: execution.endsSeen };
  return encoder.encode(JSON.stringify(kept));
}

/**
 * Gives back to an operation what `encodeInside` wrote, as its events are read again. `lastArrived`: by the clock of
 * arrival, milliseconds, the last time that anything is known to have come for its execution.
 */
export function restoreInside(operation: Operation<unknown>, content: Uint8Array, lastArrived: number): void {
  const kept = JSON.parse(decoder.decode(content)) as Kept;
  const { lastTime, begun, calls, tally, heard, flowId, endsSeen } = kept;
  operation.inside = { lastTime, lastArrived, begun, calls, tally: { ...emptyTally(), ...tally }, recorded: true };
  operation.begun = { ...begun };
  operation.heard ??= heard;
  operation.flowId ??= flowId;
  operation.execution.endsSeen ||= endsSeen;
}
