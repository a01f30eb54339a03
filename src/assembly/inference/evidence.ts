/**
 * What other events tell of an operation whose own events carry no ids: a child that names it as its parent says which
 * task it worked on; an end that names its end as the event right before itself says that both ran in one place.
 */
import { isAgent } from '../../crewai/catalogue.ts';
import type { EventFacts } from '../../crewai/facts.ts';
import { isAbove, type Recall, visible } from '../lineage.ts';
import {
  type ArrivedEvent,
  type Execution,
  eventOf,
  hasFailed,
  isTransparent,
  leadOf,
  type Operation,
  operationOf,
} from '../operation.ts';
import { compareEvents, comparePlaces, placeOf } from '../order.ts';
import type { AssemblySettings } from '../settings.ts';
import { weightOf } from './containers.ts';

/** Notes what a child that names its parent tells of the agent around it. Answers the agent if that is news. */
export function hearChild<D>(child: Operation<D>, recall: Recall): Operation<D> | undefined {
  const said = child.start?.facts;
  if (said?.context.taskId === undefined) return undefined;
  const around = visible(child.execution, child.parent, recall) ?? child.parent;
  if (around?.is !== 'operation' || around.settled) return undefined;
  if (!isAgent(around.kind.family) && !isTransparent(around)) return undefined;
  if (leadOf(around)?.facts.context.taskId !== undefined) return undefined;
  const place = placeOf(said);
  if (around.heard !== undefined && comparePlaces(around.heard.place, place) <= 0) return undefined;
  const { taskId } = said.context;
  const isNews = around.heard?.taskId !== taskId;
  around.heard = { place, taskId };
  return isNews ? around : undefined;
}

/** The operation that ended right before `end`, by the word of `end`, if it may stand in the one that `end` ends. */
export function endedRightBefore<D>(
  operation: Operation<D>,
  end: ArrivedEvent<D>,
  { settleMs }: AssemblySettings,
): Operation<D> | undefined {
  const { previousId } = end.facts;
  if (previousId === undefined) return undefined;
  const { execution } = operation;
  const before = ownerOfEnd(execution, previousId);
  // The witness is heard once that has come, and has a place by inference.
  if (before === undefined || before.placeless) {
    execution.endsAwaited ??= new Map();
    execution.endsAwaited.set(previousId, operation);
  }
  return before !== undefined && isWitness(before, operation, settleMs) ? before : undefined;
}

/** The operation whose end names this one as the event right before it, if this one's operation may stand in that one. */
export function enclosedBy<D>(
  operation: Operation<D>,
  end: ArrivedEvent<D>,
  { settleMs }: AssemblySettings,
): Operation<D> | undefined {
  const around = operation.execution.endsAwaited?.get(end.facts.id);
  return around !== undefined && isWitness(operation, around, settleMs) ? around : undefined;
}

/** A witness counts only when it comes so soon after the operation's end that this cannot have settled before it. */
function isWitness<D>(inner: Operation<D>, outer: Operation<D>, settleMs: number): boolean {
  const [end, outerEnd] = [inner.end, outer.end];
  if (end === undefined || outerEnd === undefined || !mayStandInside(inner, outer)) return false;
  return outerEnd.facts.time - end.facts.time <= settleMs * 1_000;
}

function mayStandInside<D>(inner: Operation<D>, outer: Operation<D>): boolean {
  const [start, outerStart] = [inner.start, outer.start];
  if (start === undefined || outerStart === undefined || weightOf(inner.kind, outer.kind) === undefined) return false;
  return compareEvents(outerStart.facts, start.facts) < 0 && !isAbove(inner, outer);
}

/** In microseconds. Less than events may come late by, so that the operation cannot have settled before the mark comes. */
const FOLLOWS_WITHIN = 50_000;

/**
 * The operation that a mark tells of: the one of the same subject whose failed end came right before the mark. The id of
 * that end, where its operation is still to be found; `undefined` where the mark follows something else.
 */
export function followed<D>(execution: Execution<D>, mark: EventFacts): Operation<D> | string | undefined {
  const { role, previousId, subject, time } = mark;
  if (role.is !== 'mark' || role.follows === undefined || previousId === undefined) return undefined;
  const before = eventOf(execution, previousId);
  if (before === undefined) return previousId;
  const { facts } = before;
  if (facts.role.is !== 'end' || facts.role.kind.family !== role.follows) return undefined;
  if (!hasFailed(before) || facts.subject !== subject || time - facts.time > FOLLOWS_WITHIN) return undefined;
  return ownerOfEnd(execution, previousId) ?? previousId;
}

function ownerOfEnd<D>(execution: Execution<D>, eventId: string): Operation<D> | undefined {
  const startedId = eventOf(execution, eventId)?.facts.startedId;
  return startedId === undefined ? execution.inferredEnds?.get(eventId) : operationOf(execution, startedId);
}
