/** Pairs starts and ends that no id connects. */
import type { EventFacts } from '../../crewai/facts.ts';
import type { LooseEnd, Operation, PairingGroup } from '../operation.ts';
import { compareEvents } from '../order.ts';

/**
 * Gives each end of a group, in order of events, the nearest start before it that is like it and not yet taken. An end
 * that comes later in time never changes what an earlier one got, so a run may be settled piece by piece.
 */
export function pairByLikeness<D>(group: PairingGroup<D>): void {
  for (const end of group.ends) takeBack(end);
  const starts = [...group.starts].sort(byStart);
  const ends = [...group.ends].sort((a, b) => compareEvents(a.event.facts, b.event.facts));
  for (const end of ends) {
    end.operation = mostAlike(starts, end);
    if (end.operation === undefined) continue;
    end.operation.ends.push(end.event);
    end.operation.pairedByInference = true;
  }
}

function takeBack<D>(end: LooseEnd<D>): void {
  const operation = end.operation;
  if (operation === undefined) return;
  operation.ends.splice(operation.ends.indexOf(end.event), 1);
  operation.pairedByInference = false;
  end.operation = undefined;
}

function byStart(a: Operation<unknown>, b: Operation<unknown>): number {
  if (a.start === undefined || b.start === undefined) return a.start === b.start ? 0 : a.start === undefined ? -1 : 1;
  return compareEvents(a.start.facts, b.start.facts);
}

function mostAlike<D>(starts: readonly Operation<D>[], end: LooseEnd<D>): Operation<D> | undefined {
  let best: Operation<D> | undefined;
  let bestLikeness = Number.NEGATIVE_INFINITY;
  for (const candidate of starts) {
    const start = candidate.start?.facts;
    if (start === undefined || candidate.ends.length > 0) continue;
    if (compareEvents(start, end.event.facts) > 0) break;
    const likeness = likenessOf(start, end);
    if (likeness === undefined || likeness < bestLikeness) continue;
    best = candidate;
    bestLikeness = likeness;
  }
  return best;
}

/** Names of fields that say which thing an event is about: where these differ, the two are about different things. */
const IDENTIFYING = /(?:^|_)(?:id|key|uuid|name|number|index|query)$/i;

/** How many values both share, less those that differ; `undefined` where they are about different things. */
function likenessOf<D>(start: EventFacts, end: LooseEnd<D>): number | undefined {
  const { facts } = end.event;
  if (differ(start.subject, facts.subject) || differ(start.context.taskId, facts.context.taskId)) return undefined;
  let likeness = 0;
  const ours = start.fields ?? {};
  const theirs = facts.fields ?? {};
  for (const key of Object.keys(ours)) {
    if (!Object.hasOwn(theirs, key)) continue;
    if (ours[key] === theirs[key]) likeness++;
    else if (IDENTIFYING.test(key)) return undefined;
    else likeness--;
  }
  return likeness;
}

function differ(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}
