/** When something in flight is to be looked at: the rules of waiting. Times are milliseconds by the clock of arrival. */
import { countOf } from './collections/few.ts';
import { startsAround } from './inference/containers.ts';
import { followsEnd, type Item, type LooseEnd, type LooseMark, leadOf, type Operation } from './operation.ts';
import type { AssemblySettings } from './settings.ts';

const NEVER = Number.POSITIVE_INFINITY;

export function dueOf(item: Item<unknown>, settings: AssemblySettings): number {
  switch (item.is) {
    case 'operation':
      return dueOfOperation(item, settings);
    case 'mark':
      return dueOfMark(item, settings);
    case 'end':
      return dueOfEnd(item, settings);
  }
}

function dueOfOperation(operation: Operation<unknown>, settings: AssemblySettings): number {
  if (operation.settled) return NEVER;
  if (operation.root === undefined) return dueOfPlace(operation, settings);
  if (operation.end !== undefined) {
    const startMayCome = operation.start === undefined && isSubscribed(operation.kind.start, settings);
    if (startMayCome) return operation.touched + settings.idleMs;
    // What was inferred may yet be witnessed: see inference/evidence.ts.
    return operation.touched + (operation.parentCertainty === 'inferred' ? 2 : 1) * settings.settleMs;
  }
  if (!endMayCome(operation, settings)) return operation.touched + settings.settleMs;
  // While anything lives below it, so does it; the last of its children to settle brings it up again.
  if (countOf(operation.children) > 0) return NEVER;
  const alive = Math.max(operation.touched, operation.inside?.lastArrived ?? operation.touched);
  return alive + (rootHasEnded(operation) ? settings.idleMs : settings.abandonMs);
}

/** When to look for a place. An operation below one that has none yet is woken by that one's getting it. */
function dueOfPlace(operation: Operation<unknown>, settings: AssemblySettings): number {
  const startMayCome = operation.start === undefined && isSubscribed(operation.kind.start, settings);
  const shown = leadOf(operation)?.arrived ?? operation.touched;
  if (operation.placeless && !operation.homeless && !startMayCome) return shown + settings.settleMs;
  const parentMayCome = startMayCome || operation.parent !== undefined || isAroundSubscribed(operation, settings);
  const isRunElsewhere = operation.outer !== undefined;
  return operation.touched + (parentMayCome && !isRunElsewhere ? settings.idleMs : settings.settleMs);
}

function dueOfMark(mark: LooseMark<unknown>, settings: AssemblySettings): number {
  if (mark.done) return NEVER;
  const { callId, parentId } = mark.event.facts;
  // A parent whose type is not subscribed never comes, and the id does not tell its type.
  const parentMayCome = parentId !== undefined && settings.subscribed === undefined;
  const isAwaiting = parentMayCome || callId !== undefined || followsEnd(mark);
  return mark.event.arrived + (isAwaiting ? settings.idleMs : settings.settleMs);
}

function dueOfEnd(end: LooseEnd<unknown>, settings: AssemblySettings): number {
  if (end.done) return NEVER;
  const awaitsCall = end.event.facts.callId !== undefined;
  const startMayCome = (end.alone || awaitsCall) && isSubscribed(end.kind.start, settings);
  return end.event.arrived + (startMayCome ? settings.idleMs : settings.settleMs);
}

export function endMayCome(operation: Operation<unknown>, settings: AssemblySettings): boolean {
  const { subscribed } = settings;
  return subscribed === undefined || Object.keys(operation.kind.ends).some(type => subscribed.has(type));
}

/** A parent that is named but not known may be of any type that could stand around it. */
function isAroundSubscribed({ kind }: Operation<unknown>, settings: AssemblySettings): boolean {
  return settings.subscribed === undefined || startsAround(kind).every(type => isSubscribed(type, settings));
}

function isSubscribed(type: string, settings: AssemblySettings): boolean {
  return settings.subscribed === undefined || settings.subscribed.has(type);
}

export function rootHasEnded(operation: Operation<unknown>): boolean {
  const { root } = operation;
  if (root === undefined || root === operation) return false;
  return root.is === 'ancestor' ? root.ended : root.end !== undefined;
}
