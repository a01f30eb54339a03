/**
 * Events that are read again, after a restart or as their execution comes back to the heap: they are placed as they were
 * when they came.
 */
import type { ExecutionKey, Position } from '../../journal/journal.ts';
import { restoreInside } from '../keeping/inside.ts';
import type { Ledger } from '../keeping/ledger.ts';
import type { Recognition } from '../keeping/recognition.ts';
import type { ArrivedEvent, Execution, Operation, ReadEvent } from '../operation.ts';
import { place } from '../placing/place.ts';
import type { Placing } from '../placing/placing.ts';
import type { Dormant } from './dormant.ts';

export interface RereadingParts<D> {
  readonly ledger: Pick<Ledger<D>, 'takeUp' | 'keptOpen'>;
  readonly recognition: Pick<Recognition, 'recognise' | 'ancestor'>;
  readonly placing: Placing<D>;
  /** Reads back what is durable of an operation that goes on. */
  readonly recallOpen: (key: ExecutionKey, operationId: string) => Uint8Array | undefined;
  /** Reads again the events of an execution that came in one body. */
  readonly reread: (key: ExecutionKey, position: Position) => readonly ReadEvent<D>[];
  readonly dropIfEmpty: (execution: Execution<D>) => void;
}

export interface Rereading<D> {
  /** An event that an earlier life of the process had taken. */
  replay(execution: Execution<D>, event: ArrivedEvent<D>): void;
  /** Takes up the events of `dormant` where they were put away, into an execution that knows none yet. */
  wake(execution: Execution<D>, dormant: Dormant): void;
  /** An operation has become known: by an event that is read again, perhaps, and then more is known of it. */
  shown(operation: Operation<D>): void;
}

export function createRereading<D>(parts: RereadingParts<D>): Rereading<D> {
  const { ledger, recognition, placing, recallOpen, reread, dropIfEmpty } = parts;
  /** While events are read again: by the clock of arrival, milliseconds, when the last of their execution came. */
  let rereading: number | undefined;

  function whileRereading(lastArrived: number, work: () => void): void {
    const outside = rereading;
    rereading = lastArrived;
    work();
    rereading = outside;
  }

  function takeUp(execution: Execution<D>, event: ArrivedEvent<D>): void {
    const known = recognition.recognise(execution, execution.key.source, event.facts);
    if (typeof known === 'string') return;
    ledger.takeUp(execution, event);
    place(execution, event, placing);
  }

  return {
    replay: (execution, event) => whileRereading(event.arrived, () => place(execution, event, placing)),
    wake(execution, { bodies, touched }) {
      whileRereading(touched, () => {
        for (const { position, arrived } of bodies) {
          for (const event of reread(execution.key, position)) takeUp(execution, { ...event, position, arrived });
        }
      });
      dropIfEmpty(execution);
    },
    shown(operation) {
      if (rereading === undefined) return;
      const { execution, id } = operation;
      const handedOut = ledger.keptOpen(execution.key, id);
      const content = handedOut === undefined ? recallOpen(execution.key, id) : handedOut.content;
      if (content !== undefined)
        restoreInside(operation, content, { lastArrived: rereading, ancestor: recognition.ancestor });
    },
  };
}
