/** Puts marks and chunks onto the operation that they name, or lets them wait for it. */
import { addTo, removeFrom } from '../collections/groups.ts';
import { NOWHERE } from '../collections/schedule.ts';
import { followed } from '../inference/evidence.ts';
import { lineUp } from '../inference/sweep.ts';
import { findNode, missingAbove, type Node, visible } from '../lineage.ts';
import { type ArrivedEvent, callOf, type Execution, followsEnd, type LooseMark, type Operation } from '../operation.ts';
import { type Placing, touch } from './placing.ts';

export function placeMark<D>(execution: Execution<D>, event: ArrivedEvent<D>, placing: Placing<D>): void {
  const { callId, parentId, role } = event.facts;
  const isChunk = role.is === 'chunk';
  const told = followed(execution, event.facts);
  if (typeof told === 'object') {
    addMark(execution, told, event, placing);
    return;
  }
  const named: Node<D> | undefined = isChunk
    ? callOf(execution, callId)
    : findNode(execution, parentId, placing.recall);
  const missing = named === undefined ? parentId : missingAbove(execution, named, placing.recall);
  if (told === undefined && named !== undefined && missing === undefined) {
    addMark(execution, named, event, placing);
    return;
  }
  if (isChunk && callId !== undefined && placing.isCallOver(execution, callId)) {
    placing.late(execution, event);
    return;
  }
  const awaits = isChunk ? undefined : (told ?? missing);
  const mark: LooseMark<D> = { is: 'mark', execution, event, awaits, done: false, slot: NOWHERE };
  execution.looseMarks ??= new Set();
  execution.looseMarks.add(mark);
  if (awaits !== undefined) execution.parentsAwaited = addTo(execution.parentsAwaited, awaits, mark);
  if (isChunk && callId !== undefined) execution.callsAwaited = addTo(execution.callsAwaited, callId, mark);
  // A chunk's parent is that of its call: it says nothing of which call that is.
  if (isChunk && callId === undefined) lineUp(execution.sweep, mark);
  placing.review(mark);
}

/** Puts a mark onto the operation around `node`; onto a transparent one only until it is known what is around it. */
export function addMark<D>(execution: Execution<D>, node: Node<D>, event: ArrivedEvent<D>, placing: Placing<D>): void {
  const place = visible(execution, node, placing.recall) ?? node;
  if (place.is === 'ancestor' || place.settled) placing.late(execution, event);
  else if (event.facts.role.is === 'chunk') addChunk(place, event, placing);
  else {
    place.marks ??= [];
    place.marks.push(event);
    touch(place, event, placing);
  }
}

export function addChunk<D>(operation: Operation<D>, event: ArrivedEvent<D>, placing: Placing<D>): void {
  operation.chunks ??= [];
  operation.chunks.push(event);
  touch(operation, event, placing);
}

/** An end has found its operation: the marks that waited for it may tell of that one. */
export function takeFollowing<D>(execution: Execution<D>, end: ArrivedEvent<D>, placing: Placing<D>): void {
  for (const item of [...(execution.parentsAwaited?.get(end.facts.id) ?? [])]) {
    if (item.is !== 'mark' || !followsEnd(item)) continue;
    markPlaced(item, placing);
    placeMark(execution, item.event, placing);
  }
}

/** A chunk without ids has found the call that it streams. */
export function stream<D>(chunk: LooseMark<D>, call: Operation<D>, placing: Placing<D>): void {
  markPlaced(chunk, placing);
  addChunk(call, chunk.event, placing);
}

/** Nothing more is looked for. */
export function markPlaced<D>(mark: LooseMark<D>, placing: Placing<D>): void {
  const { execution, event, awaits } = mark;
  const { callId } = event.facts;
  mark.done = true;
  execution.looseMarks?.delete(mark);
  if (callId !== undefined) removeFrom(execution.callsAwaited, callId, mark);
  if (awaits !== undefined) removeFrom(execution.parentsAwaited, awaits, mark);
  placing.over(mark);
}
