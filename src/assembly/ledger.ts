/** Keeps account of the events in hand: which bodies they hold, and what one step hands out when they are let go. */
import type { ExecutionKey, Position, Skeleton } from '../journal/journal.ts';
import type { ArrivedEvent, Execution } from './operation.ts';
import type { SettledOperation } from './settled.ts';

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
  /** Bodies of which no event is needed any more. */
  readonly released: readonly Position[];
  readonly leftovers: readonly Leftover[];
  /** Executions of which nothing is in flight any more. What still comes of one takes it in again. */
  readonly left: readonly ExecutionKey[];
}

export interface Ledger<D> {
  /** The event is in hand: its body is needed. */
  hold(event: ArrivedEvent<D>): void;
  /** Nothing of this event is needed; nor of its body, unless another event of it is. */
  passOver(event: ArrivedEvent<D>): void;
  /** The event is needed no more; its id is remembered, so that a repeat is known. */
  letGo(execution: Execution<D>, event: ArrivedEvent<D>, operation?: Uint8Array): void;
  leaveOver(execution: Execution<D>, event: ArrivedEvent<D>, reason: Leftover['reason'], operation?: Uint8Array): void;
  /** Whether the event was let go since the last step, so that no skeleton can be read back yet. */
  hasLetGo(source: string, executionId: string, eventId: string): boolean;
  keep(skeleton: Skeleton): void;
  settled(operation: SettledOperation<D>): void;
  left(execution: Execution<D>): void;
  isEmpty(): boolean;
  /** Hands out what has come together since it was last asked; `undefined` for nothing. */
  take(): AssemblyStep<D> | undefined;
}

export function createLedger<D>(): Ledger<D> {
  const held = new Map<Position, number>();
  const released = new Set<Position>();
  const letGoLately = new Set<string>();
  let operations: SettledOperation<D>[] = [];
  let skeletons: Skeleton[] = [];
  let leftovers: Leftover[] = [];
  let left: ExecutionKey[] = [];

  function letGo(execution: Execution<D>, event: ArrivedEvent<D>, operation?: Uint8Array): void {
    const { source, executionId } = execution;
    const eventId = event.facts.id;
    if (!execution.seen.delete(eventId)) return;
    letGoLately.add(keyOf(source, executionId, eventId));
    const skeleton = { execution: { source, executionId }, eventId };
    skeletons.push(operation === undefined ? skeleton : { ...skeleton, operation });
    const left = (held.get(event.position) ?? 1) - 1;
    if (left > 0) held.set(event.position, left);
    else {
      held.delete(event.position);
      released.add(event.position);
    }
  }

  return {
    letGo,
    hold({ position }) {
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
    hasLetGo: (source, executionId, eventId) => letGoLately.has(keyOf(source, executionId, eventId)),
    keep: skeleton => void skeletons.push(skeleton),
    settled: operation => void operations.push(operation),
    left: ({ source, executionId }) => void left.push({ source, executionId }),
    isEmpty: () => skeletons.length === 0 && released.size === 0,
    take() {
      if (skeletons.length === 0 && released.size === 0) return undefined;
      const step = { operations, skeletons, released: [...released], leftovers, left };
      released.clear();
      letGoLately.clear();
      operations = [];
      skeletons = [];
      leftovers = [];
      left = [];
      return step;
    },
  };
}

function keyOf(source: string, executionId: string, eventId: string): string {
  return `${source}\n${executionId}\n${eventId}`;
}
