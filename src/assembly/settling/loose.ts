/** What has found no place by the time that it is waited for: marks, chunks, and ends without a start. */
import type { EventFacts } from '../../crewai/facts.ts';
import { claimEnd } from '../claims.ts';
import { each } from '../collections/few.ts';
import { addTo, type Groups } from '../collections/groups.ts';
import type { Schedule } from '../collections/schedule.ts';
import { createOperation } from '../execution.ts';
import { mayTakeMark, placeOfMark, placesOfMarks } from '../inference/marks.ts';
import { endsAgain } from '../inference/pairing.ts';
import type { Ledger } from '../keeping/ledger.ts';
import { findNode, type Node, visible } from '../lineage.ts';
import {
  type ArrivedEvent,
  type Execution,
  followsEnd,
  hasFailed,
  type Item,
  type LooseEnd,
  type LooseMark,
  type Operation,
  operationOf,
} from '../operation.ts';
import { compareEvents } from '../order.ts';
import { addEnd, endPlaced, takeWaiting } from '../placing/ends.ts';
import { addMark, markPlaced } from '../placing/marks.ts';
import type { Placing } from '../placing/placing.ts';
import { showOperation } from '../placing/tree.ts';
import type { AssemblySettings } from '../settings.ts';

export interface Loose<D> {
  /** Their time is over, at `now` (milliseconds by the clock of arrival). */
  attendMarks(marks: readonly LooseMark<D>[], now: number): void;
  /** `isDue`: its time is over; else only something about it has changed. */
  attendEnd(end: LooseEnd<D>, isDue: boolean): void;
  /** Gives an operation that is about to settle what belongs to it and will not find it afterwards. */
  joinBeforeItSettles(operation: Operation<D>): void;
}

export interface LooseParts<D> {
  readonly settings: AssemblySettings;
  readonly schedule: Pick<Schedule<Item<D>>, 'set'>;
  readonly ledger: Pick<Ledger<D>, 'leaveOver'>;
  readonly placing: Placing<D>;
  readonly dropIfEmpty: (execution: Execution<D>) => void;
}

export function createLoose<D>({ settings, schedule, ledger, placing, dropIfEmpty }: LooseParts<D>): Loose<D> {
  const { recall } = placing;

  function attendMarks(marks: readonly LooseMark<D>[], now: number): void {
    const byExecution: Groups<LooseMark<D>, Execution<D>> = new Map();
    for (const mark of marks) if (!mark.done) addTo(byExecution, mark.execution, mark);
    for (const [execution, some] of byExecution) {
      const places = placesOfMarks(execution, factsOf([...some]));
      for (const mark of some) attendMark(mark, namedBy(mark) ?? places.get(mark.event.facts), now);
    }
  }

  /** What a mark names that waited for nothing but the end that it follows. */
  function namedBy(mark: LooseMark<D>): Node<D> | undefined {
    return followsEnd(mark) ? findNode(mark.execution, mark.event.facts.parentId, recall) : undefined;
  }

  function attendMark(mark: LooseMark<D>, around: Node<D> | undefined, now: number): void {
    const { execution, event } = mark;
    const patience = event.arrived + settings.idleMs;
    // What stands around an operation that has no place yet may be the better one.
    if (around?.is !== 'ancestor' && around?.root === undefined && patience > now) {
      schedule.set(mark, patience);
      return;
    }
    markPlaced(mark, placing);
    if (around === undefined || event.facts.role.is === 'chunk') ledger.leaveOver(execution, event, 'unplaced');
    else addMark(execution, around, event, placing);
    dropIfEmpty(execution);
  }

  /**
   * No start came for an end. A custom event that merely looks like an end stands alone: it is a mark. So is an end
   * that names another operation's start. Any other is an operation without a start.
   */
  function giveUp(end: LooseEnd<D>): void {
    const { execution, event, kind } = end;
    const lead = leadOfCall(end);
    endPlaced(end, placing);
    const named = findNode(execution, event.facts.startedId, recall);
    const own = named?.is === 'operation' && named.kind.base === kind.base ? named : endedBefore(end);
    if (own !== undefined) addEnd(own, event, placing);
    else if (kind.family === 'custom' || lead === undefined) makeMark(execution, event);
    else standWithoutStart(end, lead.event);
  }

  /** The operation that failed and has ended once more, where that waits for its place as long as this end for its start. */
  function endedBefore(end: LooseEnd<D>): Operation<D> | undefined {
    if (end.event.facts.callId !== undefined) return undefined;
    for (const operation of each(end.execution.operations)) {
      const isAlike = operation.kind.base === end.kind.base && hasFailed(operation.end);
      if (isAlike && endsAgain(end, operation)) return operation;
    }
    return undefined;
  }

  /** Of all ends that wait for the start of one call, the first that does not name another operation's. */
  function leadOfCall(end: LooseEnd<D>): LooseEnd<D> | undefined {
    const { execution, event } = end;
    const waiting = event.facts.callId === undefined ? [end] : execution.callsAwaited?.get(event.facts.callId);
    const ends = [...(waiting ?? [])].flatMap(item => (item.is === 'end' && !namesAnother(item) ? [item] : []));
    return ends.sort((a, b) => compareEvents(a.event.facts, b.event.facts))[0];
  }

  function namesAnother({ execution, event: { facts } }: LooseEnd<D>): boolean {
    const { callId, startedId } = facts;
    // Without a call it waits only because its start is one of another kind.
    return startedId !== undefined && (callId === undefined || findNode(execution, startedId, recall) !== undefined);
  }

  function standWithoutStart({ execution, event, kind }: LooseEnd<D>, { facts }: ArrivedEvent<D>): void {
    const id = facts.startedId ?? facts.id;
    // Another end has named this one as its start.
    if (findNode(execution, id, recall) !== undefined) {
      makeMark(execution, event);
      return;
    }
    const operation = createOperation(execution, id, kind);
    claimEnd(operation, event);
    showOperation(operation, event, placing);
    // Its other ends, and what it streamed.
    if (facts.callId !== undefined) takeWaiting(operation, facts.callId, placing);
  }

  function makeMark(execution: Execution<D>, event: ArrivedEvent<D>): void {
    const { parentId } = event.facts;
    const named = findNode(execution, parentId, recall);
    const around = named ?? placeOfMark(execution, event.facts);
    if (around === undefined) ledger.leaveOver(execution, event, 'unplaced');
    else addMark(execution, around, event, placing);
    dropIfEmpty(execution);
  }

  /** Marks that name no parent wait for the operation that they belong to, however soon it settles. */
  function takeLooseMarks(operation: Operation<D>): void {
    const { looseMarks } = operation.execution;
    if (looseMarks === undefined) return;
    const near: LooseMark<D>[] = [];
    for (const mark of looseMarks) {
      const { callId, parentId, role } = mark.event.facts;
      if (isNamedBy(mark, operation)) join(operation, mark);
      const waitsForParent = parentId !== undefined && settings.subscribed === undefined;
      if (mark.done || waitsForParent || callId !== undefined || role.is === 'chunk') continue;
      if (mayTakeMark(operation, mark.event.facts)) near.push(mark);
    }
    const places = placesOfMarks(operation.execution, factsOf(near));
    for (const mark of near) if (places.get(mark.event.facts) === operation) join(operation, mark);
  }

  function isNamedBy(mark: LooseMark<D>, operation: Operation<D>): boolean {
    return visible(operation.execution, namedBy(mark), recall) === operation;
  }

  function join(operation: Operation<D>, mark: LooseMark<D>): void {
    markPlaced(mark, placing);
    addMark(operation.execution, operation, mark.event, placing);
  }

  /** Custom events that look like an end and stand alone are marks, on the operation that they name. */
  function takeLoneEnds(operation: Operation<D>): void {
    const { execution } = operation;
    if (execution.loneEnds === undefined) return;
    for (const end of execution.loneEnds) {
      const { parentId } = end.event.facts;
      const named = parentId === undefined ? undefined : operationOf(execution, parentId);
      if (named !== undefined && visible(execution, named, recall) === operation) giveUp(end);
    }
  }

  /** What fails may end twice. The second end waits for a start of its own, as no id tells that there is none. */
  function takeSecondEnds(operation: Operation<D>): void {
    const { unmatched } = operation.execution.sweep;
    if (!hasFailed(operation.end)) return;
    for (const end of unmatched?.get(operation.kind.base) ?? []) {
      if (!endsAgain(end, operation)) continue;
      endPlaced(end, placing);
      addEnd(operation, end.event, placing);
    }
  }

  return {
    attendMarks,
    attendEnd(end, isDue) {
      if (end.done) return;
      if (isDue) giveUp(end);
      else placing.review(end);
    },
    joinBeforeItSettles(operation) {
      takeLooseMarks(operation);
      takeLoneEnds(operation);
      takeSecondEnds(operation);
    },
  };
}

function factsOf(marks: readonly LooseMark<unknown>[]): readonly EventFacts[] {
  return marks.map(({ event }) => event.facts);
}
