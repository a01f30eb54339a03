/** What has found no place by the time that it is waited for: marks, chunks, and ends without a start. */
import { createOperation } from './execution.ts';
import { each } from './few.ts';
import { mayTakeMark, placeOfMark } from './inference/marks.ts';
import { endsAgain } from './inference/pairing.ts';
import type { Ledger } from './ledger.ts';
import { findNode, visible } from './lineage.ts';
import {
  type ArrivedEvent,
  claimEnd,
  type Execution,
  hasFailed,
  type Item,
  type LooseEnd,
  type LooseMark,
  type Operation,
  operationOf,
} from './operation.ts';
import { compareEvents } from './order.ts';
import { addEnd, endPlaced, takeWaiting } from './placing/ends.ts';
import { addMark, markPlaced } from './placing/marks.ts';
import type { Placing } from './placing/placing.ts';
import { showOperation } from './placing/tree.ts';
import type { Schedule } from './schedule.ts';
import type { AssemblySettings } from './settings.ts';

export interface Loose<D> {
  /** Its time is over, at `now` (milliseconds by the clock of arrival). */
  attendMark(mark: LooseMark<D>, now: number): void;
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

  function attendMark(mark: LooseMark<D>, now: number): void {
    if (mark.done) return;
    const { execution, event } = mark;
    const around = placeOfMark(execution, event.facts);
    const patience = event.arrived + settings.idleMs;
    // What stands around an operation that has no place yet may be the better one.
    if (around?.root === undefined && patience > now) {
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
    for (const mark of looseMarks) {
      const { callId, parentId, role } = mark.event.facts;
      const waitsForParent = parentId !== undefined && settings.subscribed === undefined;
      if (waitsForParent || callId !== undefined || role.is === 'chunk') continue;
      if (!mayTakeMark(operation, mark.event.facts)) continue;
      if (placeOfMark(operation.execution, mark.event.facts) !== operation) continue;
      markPlaced(mark, placing);
      addMark(operation.execution, operation, mark.event, placing);
    }
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
    attendMark,
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
