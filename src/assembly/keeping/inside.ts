/** What is left of operations that have settled with those around them, which have not. */
import type { Family } from '../../crewai/catalogue.ts';
import type { Recall } from '../lineage.ts';
import {
  type Counts,
  type Hearsay,
  type Inside,
  isTransparent,
  type Operation,
  type RunningTally,
} from '../operation.ts';
import { readJson } from './skeletons.ts';

/** What is kept inside an operation; made when it is first needed, as most operations have nothing inside. */
export function insideOf(operation: Operation<unknown>): Inside {
  operation.inside ??= {
    lastTime: Number.NEGATIVE_INFINITY,
    lastArrived: 0,
    begun: undefined,
    calls: undefined,
    tally: undefined,
    recorded: false,
  };
  return operation.inside;
}

export function emptyTally(): RunningTally {
  return { input: undefined, output: undefined, llmCalls: 0, toolCalls: 0, failedOperations: 0 };
}

export function countOne(counts: Counts | undefined, family: Family): Counts {
  if (counts === undefined) return { [family]: 1 };
  counts[family] = (counts[family] ?? 0) + 1;
  return counts;
}

/** The operation that this one began directly in, transparent ones passed over, while that is in flight. */
export function begunIn<D>(operation: Operation<D>): Operation<D> | undefined {
  let parent = operation.parent;
  while (parent?.is === 'operation' && isTransparent(parent)) parent = parent.parent;
  return parent?.is === 'operation' ? parent : undefined;
}

/**
 * As the journal keeps it. Each settlement writes one for every operation around what has settled: without names it is
 * a third as large. The clock of arrival is one of this process: its times are left out.
 */
type Row = readonly [
  /** `null` where nothing is known, as JSON writes the lowest number. */
  lastTime: number | null,
  begun: Counts | null,
  calls: Inside['calls'] | null,
  tally: TallyRow | null,
  heard: Hearsay | null,
  flowId: string | null,
  /** Of its execution. */
  endsSeen: boolean,
  /** What it stands in by inference, or would without the parent that it names, once that has settled. */
  place: string | null,
];

type TallyRow = readonly [
  input: number | null | undefined,
  output: number | null | undefined,
  llmCalls: number,
  toolCalls: number,
  failedOperations: number,
];

export function encodeInside(operation: Operation<unknown>, inside: Inside): Uint8Array {
  const { execution, heard, flowId } = operation;
  const { lastTime, begun, calls, tally } = inside;
  const sums: TallyRow | null =
    tally === undefined ? null : [tally.input, tally.output, tally.llmCalls, tally.toolCalls, tally.failedOperations];
  const { endsSeen } = execution;
  const place = settledPlaceOf(operation) ?? null;
  const row: Row = [lastTime, begun ?? null, calls ?? null, sums, heard ?? null, flowId ?? null, endsSeen, place];
  return Buffer.from(JSON.stringify(row));
}

/** Nothing else would lead to it again: what has settled is in no one's sight after a restart. */
function settledPlaceOf({ parent, parentCertainty, expected }: Operation<unknown>): string | undefined {
  const place = parentCertainty === 'inferred' ? (parent ?? expected) : expected;
  return place?.is === 'ancestor' || place?.settled ? place.id : undefined;
}

interface RestoringParts {
  /** By the clock of arrival, milliseconds: the last time that anything is known to have come for its execution. */
  readonly lastArrived: number;
  readonly ancestor: Recall;
}

/** Gives back to an operation what `encodeInside` wrote, as its events are read again. */
export function restoreInside(
  operation: Operation<unknown>,
  content: Uint8Array,
  { lastArrived, ancestor }: RestoringParts,
): void {
  const [lastTime, begun, calls, sums, heard, flowId, endsSeen, place] = readJson(content) as Row;
  operation.inside = {
    lastTime: lastTime ?? Number.NEGATIVE_INFINITY,
    lastArrived,
    begun: begun ?? undefined,
    calls: calls ?? undefined,
    tally: sums === null ? undefined : tallyOf(sums),
    recorded: true,
  };
  if (begun !== null) operation.begun = { ...begun };
  operation.heard ??= heard ?? undefined;
  operation.flowId ??= flowId ?? undefined;
  operation.execution.endsSeen ||= endsSeen;
  if (typeof place === 'string') operation.expected ??= ancestor(operation.execution, place);
}

function tallyOf([input, output, llmCalls, toolCalls, failedOperations]: TallyRow): RunningTally {
  return { input: input ?? undefined, output: output ?? undefined, llmCalls, toolCalls, failedOperations };
}
