/** Finds the place of each event as it arrives: which operation it starts, ends, marks or streams into. */
import type { OperationKind } from '../../crewai/catalogue.ts';
import { claimEnd, endsOf } from '../claims.ts';
import { including } from '../collections/few.ts';
import { createOperation } from '../execution.ts';
import { lineUp } from '../inference/sweep.ts';
import { type ArrivedEvent, callId as callIdOf, type Execution, type Operation, operationOf } from '../operation.ts';
import { placeEnd, placeEndByCall, takeOwnEnds, takeWaiting } from './ends.ts';
import { placeMark } from './marks.ts';
import type { Placing } from './placing.ts';
import { showOperation } from './tree.ts';

export function place<D>(execution: Execution<D>, event: ArrivedEvent<D>, placing: Placing<D>): void {
  const { role } = event.facts;
  switch (role.is) {
    case 'start':
      placeStart(execution, event, role.kind, placing);
      break;
    case 'end':
      execution.endsSeen = true;
      placeEnd(execution, event, role.kind, placing);
      break;
    case 'mark':
    case 'chunk':
      placeMark(execution, event, placing);
      break;
  }
}

function placeStart<D>(
  execution: Execution<D>,
  event: ArrivedEvent<D>,
  kind: OperationKind,
  placing: Placing<D>,
): void {
  const { facts } = event;
  const operation = operationOf(execution, facts.id) ?? createOperation(execution, facts.id, kind);
  const strangers = dismissStrangers(operation, kind);
  operation.kind = kind;
  operation.start = event;
  showOperation(operation, event, placing);
  if (facts.callId !== undefined) answerCall(operation, facts.callId, placing);
  takeOwnEnds(operation, placing);
  lineUp(execution.sweep, operation);
  for (const stranger of strangers) placeEndByCall(execution, stranger, kindOfEnd(stranger, kind), placing);
}

/** Ends of another kind named the operation before its start told what it is. */
function dismissStrangers<D>(operation: Operation<D>, kind: OperationKind): readonly ArrivedEvent<D>[] {
  const ends = endsOf(operation);
  if (ends.length === 0) return ends;
  const strangers = ends.filter(end => kindOf(end) !== kind.base);
  if (strangers.length === 0) return strangers;
  operation.end = undefined;
  operation.otherEnds = undefined;
  for (const end of ends) if (!strangers.includes(end)) claimEnd(operation, end);
  return strangers;
}

function kindOf(event: ArrivedEvent<unknown>): string | undefined {
  return event.facts.role.is === 'end' ? event.facts.role.kind.base : undefined;
}

function kindOfEnd(event: ArrivedEvent<unknown>, otherwise: OperationKind): OperationKind {
  return event.facts.role.is === 'end' ? event.facts.role.kind : otherwise;
}

/** The start of an LLM call shows the `call_id` that its ends and chunks may have come with before it. */
function answerCall<D>(operation: Operation<D>, callId: string, placing: Placing<D>): void {
  const { execution } = operation;
  execution.calls = including(execution.calls, operation, callIdOf);
  takeWaiting(operation, callId, placing);
}
