/** Gives ends to the operations that they end: by the start that they name, or by the call. */
import type { OperationKind } from '../../crewai/catalogue.ts';
import { claimEnd } from '../claims.ts';
import { addTo, removeFrom, takeAll } from '../collections/groups.ts';
import { NOWHERE } from '../collections/schedule.ts';
import { createOperation } from '../execution.ts';
import { lineUp } from '../inference/sweep.ts';
import { findNode } from '../lineage.ts';
import { type ArrivedEvent, callOf, type Execution, type LooseEnd, type Operation } from '../operation.ts';
import { addChunk, markPlaced, takeFollowing } from './marks.ts';
import { type Placing, touch } from './placing.ts';
import { attach, showOperation } from './tree.ts';

export function placeEnd<D>(
  execution: Execution<D>,
  event: ArrivedEvent<D>,
  kind: OperationKind,
  placing: Placing<D>,
): void {
  const { startedId, callId, role } = event.facts;
  const node = findNode(execution, startedId, placing.recall);
  if (startedId === undefined) placeEndByCall(execution, event, kind, placing);
  else if (node === undefined && callId !== undefined && role.is === 'end' && role.outcome === 'failed') {
    // A call that fails may end twice, the second time in the name of the flow around it: see the recordings of 1.15.
    placeEndByCall(execution, event, kind, placing);
  } else if (node === undefined) {
    const shell = createOperation(execution, startedId, kind);
    claimEnd(shell, event);
    showOperation(shell, event, placing);
    endFound(shell, event, placing);
  } else if ((node.is === 'ancestor' ? node.base : node.kind.base) !== kind.base) {
    placeEndByCall(execution, event, kind, placing);
  } else if (node.is === 'ancestor') {
    placing.late(execution, event);
  } else addEnd(node, event, placing);
}

export function addEnd<D>(operation: Operation<D>, event: ArrivedEvent<D>, placing: Placing<D>): void {
  claimEnd(operation, event);
  if (operation.start === undefined) attach(operation, placing);
  operation.flowId = event.facts.flowId ?? operation.flowId;
  touch(operation, event, placing);
  endFound(operation, event, placing);
}

function endFound<D>(operation: Operation<D>, event: ArrivedEvent<D>, placing: Placing<D>): void {
  placing.ended(operation, event);
  takeFollowing(operation.execution, event, placing);
}

export function placeEndByCall<D>(
  execution: Execution<D>,
  event: ArrivedEvent<D>,
  kind: OperationKind,
  placing: Placing<D>,
): void {
  const { callId } = event.facts;
  const operation = callOf(execution, callId);
  if (operation !== undefined) addEnd(operation, event, placing);
  else if (callId !== undefined && placing.isCallOver(execution, callId)) placing.late(execution, event);
  else keepLooseEnd(execution, event, kind, placing);
}

function keepLooseEnd<D>(
  execution: Execution<D>,
  event: ArrivedEvent<D>,
  kind: OperationKind,
  placing: Placing<D>,
): void {
  const { callId, startedId } = event.facts;
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
  else {
    lineUp(execution.sweep, end);
    if (startedId !== undefined) execution.startsAwaited = addTo(execution.startsAwaited, startedId, end);
  }
  if (kind.family === 'custom') {
    execution.loneEnds ??= new Set();
    execution.loneEnds.add(end);
  }
  placing.review(end);
}

/** Gives a call what came with its `call_id` before it was known. */
export function takeWaiting<D>(operation: Operation<D>, callId: string, placing: Placing<D>): void {
  for (const item of takeAll(operation.execution.callsAwaited, callId)) {
    if (item.is === 'end') {
      endPlaced(item, placing);
      addEnd(operation, item.event, placing);
    } else {
      markPlaced(item, placing);
      addChunk(operation, item.event, placing);
    }
  }
}

/** Gives an operation the ends of its kind that named it while only an end of another kind had: that one told wrong. */
export function takeOwnEnds<D>(operation: Operation<D>, placing: Placing<D>): void {
  for (const end of takeAll(operation.execution.startsAwaited, operation.id)) {
    if (end.kind.base !== operation.kind.base) continue;
    endPlaced(end, placing);
    addEnd(operation, end.event, placing);
  }
}

/** An end has found the start that it belongs to by likeness. */
export function pair<D>(end: LooseEnd<D>, operation: Operation<D>, placing: Placing<D>): void {
  endPlaced(end, placing);
  operation.pairedByInference = true;
  addEnd(operation, end.event, placing);
}

/** Nothing more is looked for. */
export function endPlaced<D>(end: LooseEnd<D>, placing: Placing<D>): void {
  const { execution, event, kind } = end;
  const { callId, startedId } = event.facts;
  end.done = true;
  execution.loneEnds?.delete(end);
  if (startedId !== undefined) removeFrom(execution.startsAwaited, startedId, end);
  if (callId !== undefined) removeFrom(execution.callsAwaited, callId, end);
  else removeFrom(execution.sweep.unmatched, kind.base, end);
  placing.over(end);
}
