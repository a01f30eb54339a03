/**
 * Goes through what ids leave open in the order of events, however it arrived: starts look for their parent, ends for
 * their start, each among what began before it. As nothing later is looked at, a decision once made stays right.
 */
import { countOf, each, including, without } from '../collections/few.ts';
import { addTo } from '../collections/groups.ts';
import { createQueue, dropFirst, peek, put } from '../collections/queue.ts';
import { begunIn, countOne } from '../keeping/inside.ts';
import {
  type Ancestor,
  type ArrivedEvent,
  compareItems,
  eventBy,
  type Item,
  intervalOf,
  type LooseEnd,
  type LooseMark,
  type Operation,
  operationId,
  type Sweep,
} from '../operation.ts';
import { compareEvents } from '../order.ts';
import { agentAgreement } from './agreement.ts';
import { mayContain } from './containers.ts';
import { inferParent } from './nesting.ts';
import { inferStart, type Pair } from './pairing.ts';

/** Where an operation is to stand; `undefined` where nothing fits. */
export type Place<D> = Operation<D> | Ancestor | undefined;

/** What a sweep finds out is carried out by whoever sweeps. */
export interface Findings<D> {
  placed(operation: Operation<D>, parent: Place<D>): void;
  /** The operation names a parent that has not come, and stands here if it does not. */
  expected(operation: Operation<D>, parent: Place<D>): void;
  /** The operation that was placed has ended already. */
  placedLate(operation: Operation<D>, end: ArrivedEvent<D>): void;
  /** The end is looked for no more. */
  paired(end: LooseEnd<D>, pair: Pair<D>): void;
  unpaired(end: LooseEnd<D>): void;
  streamed(chunk: LooseMark<D>, call: Operation<D>): void;
}

/** How many operations that are over stay in sight, an execution. */
const MAX_OVER = 256;

export function createSweep<D>(): Sweep<D> {
  return {
    ahead: createQueue(),
    containers: undefined,
    over: undefined,
    open: undefined,
    unmatched: undefined,
    reached: Number.NEGATIVE_INFINITY,
    letGoOpen: false,
  };
}

/** To be gone through in its turn. */
export function lineUp<D>(sweep: Sweep<D>, step: Item<D>): void {
  put(sweep.ahead, step, compareItems);
}

/**
 * Goes on up to and including `time`, in microseconds. Answers whether it got there: `mayGoOn` is asked after each step,
 * which looks at all that is open.
 */
export function sweepUpTo<D>(
  sweep: Sweep<D>,
  time: number,
  findings: Findings<D>,
  mayGoOn: () => boolean = () => true,
): boolean {
  const { ahead } = sweep;
  for (let next = peek(ahead, compareItems); next !== undefined; next = peek(ahead, compareItems)) {
    const at = eventBy(next)?.facts.time ?? time;
    if (at > time) break;
    dropFirst(ahead, compareItems);
    if (next.is === 'end') goThroughEnd(sweep, next, findings);
    else if (next.is === 'mark') goThroughChunk(sweep, next, findings);
    else if (!next.settled) goThroughStart(sweep, next, findings);
    if (mayGoOn()) continue;
    sweep.reached = Math.max(sweep.reached, at);
    return false;
  }
  sweep.reached = Math.max(sweep.reached, time);
  return true;
}

function goThroughStart<D>(sweep: Sweep<D>, operation: Operation<D>, findings: Findings<D>): void {
  const { placeless, end } = operation;
  if (placeless) findings.placed(operation, findPlace(sweep, operation));
  else if (operation.awaits !== undefined) findings.expected(operation, findPlace(sweep, operation));
  noteBegun(operation);
  if (placeless && end !== undefined) findings.placedLate(operation, end);
  if (mayContain(operation.kind)) sweep.containers = including(sweep.containers, operation, operationId);
  if (end !== undefined) return;
  sweep.open = including(sweep.open, operation, operationId);
  // In order of events no end that was gone through comes after this start, unless this start came late.
  const unmatched = sweep.unmatched?.get(operation.kind.base);
  if (unmatched === undefined || intervalOf(operation).from >= sweep.reached) return;
  for (const end of unmatched) {
    const pair = inferStart(end, [operation]);
    if (pair === undefined) continue;
    take(sweep, end, pair, findings);
    break;
  }
}

function goThroughEnd<D>(sweep: Sweep<D>, end: LooseEnd<D>, findings: Findings<D>): void {
  if (end.done) return;
  const pair = inferStart(end, openOf(sweep, end.kind.base));
  if (pair !== undefined) take(sweep, end, pair, findings);
  else {
    sweep.unmatched = addTo(sweep.unmatched, end.kind.base, end);
    findings.unpaired(end);
  }
}

function goThroughChunk<D>(sweep: Sweep<D>, chunk: LooseMark<D>, findings: Findings<D>): void {
  const { context, parentId, role, time } = chunk.event.facts;
  if (chunk.done || role.is !== 'chunk') return;
  let last: Operation<D> | undefined;
  for (const call of inSight(sweep, time)) {
    const start = call.start?.facts;
    if (start === undefined || call.kind.family !== role.of || start.time > time || intervalOf(call).to < time)
      continue;
    // CrewAI's own scope of an LLM call may be the one around it.
    const mayBeBeside = role.of === 'llm' && parentId === start.parentId;
    if (parentId !== undefined && parentId !== call.id && !mayBeBeside) continue;
    if (agentAgreement(start.context, context) === 'different') continue;
    if (last?.start === undefined || compareEvents(last.start.facts, start) < 0) last = call;
  }
  // A call that has settled takes nothing any more: the chunk finds no place.
  if (last !== undefined && !last.settled) findings.streamed(chunk, last);
}

function take<D>(sweep: Sweep<D>, end: LooseEnd<D>, pair: Pair<D>, findings: Findings<D>): void {
  sweep.open = without(sweep.open, pair.operation.id, operationId);
  findings.paired(end, pair);
}

/** The operation is finished: nothing pairs with it any more, but something late may still stand in it. */
export function moveOver<D>(sweep: Sweep<D>, operation: Operation<D>): void {
  sweep.open = without(sweep.open, operation.id, operationId);
  sweep.containers = without(sweep.containers, operation.id, operationId);
  if (!mayContain(operation.kind)) return;
  setOver(sweep, operation);
  sweep.letGoOpen ||= operation.end === undefined;
}

function setOver<D>(sweep: Sweep<D>, operation: Operation<D>): void {
  sweep.over = including(sweep.over, operation, operationId);
  if (countOf(sweep.over) <= MAX_OVER) return;
  const [oldest] = each(sweep.over);
  if (oldest !== undefined) sweep.over = without(sweep.over, oldest.id, operationId);
}

/** Where an operation may stand by all that the sweep has in sight, or had when the operation began. */
export function findPlace<D>(sweep: Sweep<D>, operation: Operation<D>): Place<D> {
  const { expected } = operation;
  // It was found when more was in sight than there is after a restart.
  if (expected?.is === 'ancestor') return expected;
  return inferParent(operation, candidatesFor(sweep, operation, expected));
}

function* candidatesFor<D>(
  sweep: Sweep<D>,
  operation: Operation<D>,
  expected: Operation<D> | undefined,
): Generator<Operation<D>> {
  const { from } = intervalOf(operation);
  const amongOver = from < sweep.reached || operation.kind.base === 'memory_save' || sweep.letGoOpen;
  yield* amongOver ? inSight(sweep, from) : openAt(sweep, from);
  if (expected !== undefined) yield expected;
}

/** What is open at `time`, as far as the sweep has it in sight. */
function* openAt<D>(sweep: Sweep<D>, time: number): Generator<Operation<D>> {
  for (const container of each(sweep.containers)) {
    if (intervalOf(container).to >= time) yield container;
    else if (time >= sweep.reached) {
      sweep.containers = without(sweep.containers, container.id, operationId);
      setOver(sweep, container);
    }
  }
}

/** The same, and what is over. */
export function* inSight<D>(sweep: Sweep<D>, time: number): Generator<Operation<D>> {
  yield* openAt(sweep, time);
  yield* each(sweep.over);
}

function* openOf<D>(sweep: Sweep<D>, base: string): Generator<Operation<D>> {
  for (const operation of each(sweep.open)) {
    if (operation.end !== undefined) sweep.open = without(sweep.open, operation.id, operationId);
    else if (operation.kind.base === base) yield operation;
  }
}

/** Counts an operation with the one around it. */
function noteBegun(operation: Operation<unknown>): void {
  const around = begunIn(operation);
  if (around !== undefined) around.begun = countOne(around.begun, operation.kind.family);
}
