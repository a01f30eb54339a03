/**
 * Executions that nothing has come for in a while leave the heap: a run that waits for a human may do so for a day. Their
 * events are in the journal; what stays here is where, and when to look again.
 */
import type { ExecutionKey, Position } from '../../journal/journal.ts';
import { countOf, each } from '../collections/few.ts';
import { itemsIn } from '../collections/queue.ts';
import { NOWHERE, type Waiting } from '../collections/schedule.ts';
import type { ArrivedEvent, Execution, Item, LooseEnd } from '../operation.ts';

export interface Dormant extends Waiting {
  readonly is: 'dormant';
  readonly key: ExecutionKey;
  /** The bodies that hold its events, in order of acceptance, each with when it arrived (milliseconds by that clock). */
  readonly bodies: readonly DormantBody[];
  readonly operations: number;
  /** By the clock of arrival, milliseconds: its last event. */
  readonly touched: number;
  readonly endsSeen: boolean;
}

export interface DormantBody {
  readonly position: Position;
  readonly arrived: number;
}

export function putToRest(execution: Execution<unknown>): Dormant {
  const { key, operations, touched, endsSeen } = execution;
  return {
    is: 'dormant',
    key,
    bodies: bodiesOf(each(execution.seen)),
    operations: countOf(operations),
    touched,
    endsSeen,
    slot: NOWHERE,
  };
}

function bodiesOf(events: Iterable<ArrivedEvent<unknown>>): readonly DormantBody[] {
  const arrivals = new Map<Position, number>();
  for (const { position, arrived } of events) {
    arrivals.set(position, Math.max(arrived, arrivals.get(position) ?? arrived));
  }
  return [...arrivals].map(([position, arrived]) => ({ position, arrived })).sort((a, b) => a.position - b.position);
}

/** All of an execution that waits for a time. */
export function* itemsOf<D>(execution: Execution<D>): Generator<Item<D>> {
  yield* each(execution.operations);
  const { looseMarks, sweep, callsAwaited } = execution;
  if (looseMarks !== undefined) yield* looseMarks;
  for (const ends of sweep.unmatched?.values() ?? []) yield* ends;
  for (const waiting of callsAwaited?.values() ?? []) yield* onlyEnds(waiting);
  yield* onlyEnds(itemsIn(sweep.ahead));
}

function* onlyEnds<D>(items: Iterable<Item<D>>): Generator<LooseEnd<D>> {
  for (const item of items) if (item.is === 'end' && !item.done) yield item;
}
