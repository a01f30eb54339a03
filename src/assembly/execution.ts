/** Executions and operations as they begin. */
import type { OperationKind } from '../crewai/catalogue.ts';
import { createSweep } from './inference/sweep.ts';
import type { Execution, Operation } from './operation.ts';

export function createExecution<D>(source: string, executionId: string): Execution<D> {
  return {
    key: { source, executionId },
    source,
    executionId,
    operations: new Map(),
    calls: new Map(),
    callsAwaited: new Map(),
    parentsAwaited: new Map(),
    placeless: new Set(),
    inferredEnds: new Map(),
    endsAwaited: new Map(),
    sweep: createSweep(),
    looseMarks: new Set(),
    loneEnds: new Set(),
    seen: new Map(),
    weight: 0,
    touched: Number.NEGATIVE_INFINITY,
    ordered: Number.NEGATIVE_INFINITY,
    isFresh: false,
    atRest: false,
    endsSeen: false,
  };
}

export function createOperation<D>(execution: Execution<D>, id: string, kind: OperationKind): Operation<D> {
  return {
    is: 'operation',
    execution,
    id,
    kind,
    start: undefined,
    end: undefined,
    otherEnds: undefined,
    pairedByInference: false,
    marks: undefined,
    chunks: undefined,
    parent: undefined,
    parentCertainty: 'root',
    root: undefined,
    children: undefined,
    awaits: undefined,
    heldBy: undefined,
    shown: Number.POSITIVE_INFINITY,
    touched: Number.NEGATIVE_INFINITY,
    homeless: false,
    outer: undefined,
    inside: undefined,
    begun: undefined,
    context: undefined,
    heard: undefined,
    whyParent: [],
    whyEnd: [],
    isWitnessed: false,
    flowId: undefined,
    settled: false,
    due: Number.POSITIVE_INFINITY,
  };
}
