/** Executions and operations as they begin. */
import type { OperationKind } from '../crewai/catalogue.ts';
import type { ExecutionKey } from '../journal/journal.ts';
import { NOWHERE } from './collections/schedule.ts';
import { createSweep } from './inference/sweep.ts';
import type { Execution, Operation } from './operation.ts';

export function createExecution<D>(key: ExecutionKey): Execution<D> {
  return {
    is: 'execution',
    key,
    operations: undefined,
    calls: undefined,
    callsAwaited: undefined,
    startsAwaited: undefined,
    parentsAwaited: undefined,
    inferredEnds: undefined,
    endsAwaited: undefined,
    sweep: createSweep(),
    looseMarks: undefined,
    loneEnds: undefined,
    seen: undefined,
    weight: 0,
    weightOver: 0,
    touched: 0,
    ordered: 0,
    isFresh: false,
    atRest: false,
    endsSeen: false,
    older: undefined,
    newer: undefined,
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
    expected: undefined,
    heldBy: undefined,
    touched: 0,
    placeless: false,
    homeless: false,
    outer: undefined,
    inside: undefined,
    begun: undefined,
    context: undefined,
    heard: undefined,
    whyEnd: undefined,
    isWitnessed: false,
    flowId: undefined,
    settled: false,
    slot: NOWHERE,
  };
}
