/** Gives ends to the operations that they end: by the start that they name, or by the call. */
import type { OperationKind } from '../../crewai/catalogue.ts';
import { addTo, removeFrom, takeAll } from '../collections/groups.ts';
import { NOWHERE } from '../collections/schedule.ts';
import { createOperation } from '../execution.ts';
import { lineUp } from '../inference/sweep.ts';
import { findNode } from '../lineage.ts';
import { type ArrivedEvent, callOf, claimEnd, type Execution, type LooseEnd, type Operation } from '../operation.ts';
import { addChunk, markPlaced, takeFollowing } from './marks.ts';
import { type Placing, touch } from './placing.ts';
import { attach, showOperation } from './tree.ts';

export function placeEnd<D>(
  execution: Execution<D>,
  event: ArrivedEvent<D>,
  kind: OperationKind,
  to: Placing<D>,
): void {
  const { startedId, callId, role } = event.facts;
  const node = findNode(execution, startedId, to.recall);
  if (startedId === undefined) placeEndByCall(execution, event, kind, to);
  else if (node === undefined && callId !== undefined && role.is === 'end' && role.outcome === 'failed') {
    // A call that fails may end twice, the second time in the name of the flow around it: see the recordings of 1.15.
    placeEndByCall(execution, event, kind, to);
  } else if (node === undefined) {
    const shell = createOperation(execution, startedId, kind);
    claimEnd(shell, event);
    showOperation(shell, event, to);
    endFound(shell, event, to);
  } else if ((node.is === 'ancestor' ? node.base : node.kind.base) !== kind.base) {
    placeEndByCall(execution, event, kind, to);
  } else if (node.is === 'ancestor') {
    to.late(execution, event);
  } else addEnd(node, event, to);
}

export function addEnd<D>(operation: Operation<D>, event: ArrivedEvent<D>, to: Placing<D>): void {
  claimEnd(operation, event);
  if (operation.start === undefined) attach(operation, to);
  operation.flowId = event.facts.flowId ?? operation.flowId;
  touch(operation, event, to);
  endFound(operation, event, to);
}

function endFound<D>(operation: Operation<D>, event: ArrivedEvent<D>, to: Placing<D>): void {
  to.ended(operation, event);
  takeFollowing(operation.execution, event, to);
}

export function placeEndByCall<D>(
  execution: Execution<D>,
  event: ArrivedEvent<D>,
  kind: OperationKind,
  to: Placing<D>,
): void {
  const { callId } = event.facts;
  const operation = callOf(execution, callId);
  if (operation !== undefined) addEnd(operation, event, to);
  else if (callId !== undefined && to.isCallOver(execution, callId)) to.late(execution, event);
  else keepLooseEnd(execution, event, kind, to);
}

function keepLooseEnd<D>(execution: Execution<D>, event: ArrivedEvent<D>, kind: OperationKind, to: Placing<D>): void {
  const { callId } = event.facts;
  const end: LooseEnd<D> = {
    is: 'end',
    execution,
    event,
    kind,
    alone: false,
    done: false,
    slot: NOWHERE,
  };
  if (callId !== undefined) execution.callsAwaited = addTo(execution.callsAwaited, callId, end);
  else lineUp(execution.sweep, end);
  if (kind.family === 'custom') {
    execution.loneEnds ??= new Set();
    execution.loneEnds.add(end);
  }
  to.review(end);
}

/** Gives a call what came with its `call_id` before it was known. */
export function takeWaiting<D>(operation: Operation<D>, callId: string, to: Placing<D>): void {
  for (const item of takeAll(operation.execution.callsAwaited, callId)) {
    if (item.is === 'end') {
      endPlaced(item, to);
      addEnd(operation, item.event, to);
    } else {
      markPlaced(item, to);
      addChunk(operation, item.event, to);
    }
  }
}

/** An end has found the start that it belongs to by likeness. */
export function pair<D>(end: LooseEnd<D>, operation: Operation<D>, to: Placing<D>): void {
  endPlaced(end, to);
  operation.pairedByInference = true;
  addEnd(operation, end.event, to);
}

/** Nothing more is looked for. */
export function endPlaced<D>(end: LooseEnd<D>, to: Placing<D>): void {
  const { execution, event, kind } = end;
  const { callId } = event.facts;
  end.done = true;
  execution.loneEnds?.delete(end);
  if (callId !== undefined) removeFrom(execution.callsAwaited, callId, end);
  else removeFrom(execution.sweep.unmatched, kind.base, end);
  to.over(end);
}
