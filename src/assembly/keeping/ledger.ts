/** Keeps account of the events in hand: which bodies they hold, and what one step hands out when they are let go. */
import type { ExecutionKey, OpenRecord, Position, Skeleton } from '../../journal/journal.ts';
import { countOf, including, without } from '../collections/few.ts';
import { type ArrivedEvent, type Execution, eventId, type Operation } from '../operation.ts';
import type { SettledOperation } from '../settled.ts';
import { encodeInside } from './inside.ts';
import { createShelf, createSkeletonShelf } from './shelf.ts';
import { besideOf } from './skeletons.ts';

/** Events that ended up on no span, and why. */
export interface Leftover {
  readonly type: string;
  /** `late`: its span was finished before it came. `unplaced`: nothing in its execution could carry it. */
  readonly reason: 'late' | 'unplaced';
}

/** What one step of time brought to an end; to be made durable as a whole. */
export interface AssemblyStep<D> {
  readonly operations: readonly SettledOperation<D>[];
  readonly skeletons: readonly Skeleton[];
  /** What operations that go on know by now of those inside them that have settled. */
  readonly open: readonly OpenRecord[];
  /** Bodies of which no event is needed any more. */
  readonly released: readonly Position[];
  readonly leftovers: readonly Leftover[];
  /** Executions of which nothing is in flight any more. What still comes of one takes it in again. */
  readonly left: readonly ExecutionKey[];
}

export interface Ledger<D> {
  /** About how much of the heap is taken up by the events in hand and by what stays in sight, in bytes. */
  readonly weight: number;
  /** The event is in hand: its body is needed. */
  hold(execution: Execution<D>, event: ArrivedEvent<D>): void;
  /** The events of an execution leave the heap, or come back to it; their bodies are needed all the same. */
  putAway(execution: Execution<D>): void;
  takeUp(execution: Execution<D>, event: ArrivedEvent<D>): void;
  /** Weighs what has settled and stays in sight of what comes late. */
  weighOver(execution: Execution<D>): void;
  /** Nothing of this event is needed; nor of its body, unless another event of it is. */
  passOver(event: ArrivedEvent<D>): void;
  /** The event is needed no more; its id is remembered, so that a repeat is known. */
  letGo(execution: Execution<D>, event: ArrivedEvent<D>, operation?: Uint8Array): void;
  leaveOver(execution: Execution<D>, event: ArrivedEvent<D>, reason: Leftover['reason'], operation?: Uint8Array): void;
  /** A skeleton that is not known to be durable, so that the journal may not have it yet. */
  kept(execution: ExecutionKey, eventId: string, beside?: string): Skeleton | undefined;
  /** The same of an operation that goes on. */
  keptOpen(execution: ExecutionKey, operationId: string): OpenRecord | undefined;
  /** Whether there may be any such skeleton of an execution that is not in flight. */
  mayKeep(execution: ExecutionKey): boolean;
  keep(skeleton: Skeleton): void;
  settled(operation: SettledOperation<D>): void;
  left(execution: Execution<D>): void;
  /** Operations inside this one have settled. */
  changed(operation: Operation<D> | undefined): void;
  isEmpty(): boolean;
  /** Hands out what has come together since it was last asked; `undefined` for nothing. */
  take(): AssemblyStep<D> | undefined;
  /** What was handed out is durable. */
  forgetHandedOut(): void;
}

/** An operation that is over with two events, without their details, in bytes. */
const OVER_BYTES = 1_000;

/** `nothing`: the detail of an event that is needed no more. */
export function createLedger<D>(nothing: D): Ledger<D> {
  const held = new Map<Position, number>();
  const released = new Set<Position>();
  let skeletons = createSkeletonShelf();
  let handedOut = createSkeletonShelf();
  let openHandedOut = createShelf<OpenRecord>();
  let operations: SettledOperation<D>[] = [];
  let leftovers: Leftover[] = [];
  let left: ExecutionKey[] = [];
  /** Ids of executions that have left. One that is alike in another source does no harm: it is looked for in vain. */
  let leftIds = new Set<string>();
  let leftBefore = leftIds;
  let changed = new Set<Operation<D>>();
  let weight = 0;

  const isEmpty = (): boolean => skeletons.isEmpty && released.size === 0 && changed.size === 0;

  function takeUp(execution: Execution<D>, event: ArrivedEvent<D>): void {
    execution.seen = including(execution.seen, event, eventId);
    weigh(execution, event.weight);
  }

  function weigh(execution: Execution<D>, bytes: number): void {
    execution.weight += bytes;
    weight += bytes;
  }

  function letGo(execution: Execution<D>, event: ArrivedEvent<D>, operation?: Uint8Array): void {
    const { id } = event.facts;
    const count = countOf(execution.seen);
    execution.seen = without(execution.seen, id, eventId);
    if (countOf(execution.seen) === count) return;
    event.detail = nothing;
    weigh(execution, -event.weight);
    execution.isFresh = false;
    skeletons.put({ execution: execution.key, eventId: id, beside: besideOf(event.facts), operation });
    const others = (held.get(event.position) ?? 1) - 1;
    if (others > 0) held.set(event.position, others);
    else {
      held.delete(event.position);
      released.add(event.position);
    }
  }

  return {
    letGo,
    takeUp,
    get weight() {
      return weight;
    },
    putAway: execution => weigh(execution, -execution.weight),
    weighOver(execution) {
      const bytes = countOf(execution.sweep.over) * OVER_BYTES;
      weigh(execution, bytes - execution.weightOver);
      execution.weightOver = bytes;
    },
    hold(execution, event) {
      takeUp(execution, event);
      const { position } = event;
      held.set(position, (held.get(position) ?? 0) + 1);
      released.delete(position);
    },
    passOver({ position }) {
      if (!held.has(position)) released.add(position);
    },
    leaveOver(execution, event, reason, operation) {
      letGo(execution, event, operation);
      leftovers.push({ type: event.facts.type, reason });
    },
    kept: (execution, eventId, beside) =>
      skeletons.get(execution, eventId, beside) ?? handedOut.get(execution, eventId, beside),
    keptOpen: (execution, operationId) => openHandedOut.get(execution, operationId),
    mayKeep: ({ executionId }) => leftIds.has(executionId) || leftBefore.has(executionId),
    keep: skeleton => skeletons.put(skeleton),
    settled: operation => void operations.push(operation),
    left(execution) {
      const { key } = execution;
      weigh(execution, -execution.weight);
      left.push(key);
      leftIds.add(key.executionId);
    },
    changed(operation) {
      if (operation !== undefined) changed.add(operation);
    },
    isEmpty,
    take() {
      if (isEmpty()) return undefined;
      const open: OpenRecord[] = [];
      for (const operation of changed) {
        const record = recordOf(operation);
        if (record === undefined) continue;
        open.push(record);
        openHandedOut.put(record.operationId, record);
      }
      const step = { operations, skeletons: skeletons.values(), open, released: [...released], leftovers, left };
      released.clear();
      handedOut = skeletons;
      skeletons = createSkeletonShelf();
      operations = [];
      leftovers = [];
      left = [];
      leftBefore = leftIds;
      leftIds = new Set();
      changed = new Set();
      return step;
    },
    forgetHandedOut() {
      handedOut = createSkeletonShelf();
      openHandedOut = createShelf();
      leftBefore = new Set();
    },
  };
}

/** With its own settlement nothing is kept any more, if something was. */
function recordOf(operation: Operation<unknown>): OpenRecord | undefined {
  const { execution, id, inside, settled } = operation;
  if (inside === undefined || (settled && !inside.recorded)) return undefined;
  inside.recorded = true;
  const content = settled ? undefined : encodeInside(operation, inside);
  return { execution: execution.key, operationId: id, content };
}
