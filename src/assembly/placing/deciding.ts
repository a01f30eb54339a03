/** Carries out what is decided of an operation's place: by inference, by evidence, or for want of anything better. */
import { enclosedBy, endedRightBefore } from '../inference/evidence.ts';
import { type Findings, findPlace } from '../inference/sweep.ts';
import { expect } from '../lineage.ts';
import type { Ancestor, ArrivedEvent, Operation } from '../operation.ts';
import type { AssemblySettings } from '../settings.ts';
import { pair } from './ends.ts';
import { stream } from './marks.ts';
import type { Placing } from './placing.ts';
import { adopt, standAlone, withdraw } from './tree.ts';

export interface Deciding<D> {
  /** What the sweep finds out. */
  readonly findings: Findings<D>;
  /** The parent that an operation names will not come, or none was found where there should be one. */
  settleForLess(operation: Operation<D>): void;
  /** More has become known of an operation that was placed by inference, while it can still be moved. */
  reconsider(operation: Operation<D>): void;
  /** An operation has ended: its end may have come right after another's, or another's right after its own. */
  ended(operation: Operation<D>, end: ArrivedEvent<D>): void;
}

export function createDeciding<D>(settings: AssemblySettings, placing: Placing<D>): Deciding<D> {
  function takePlace(operation: Operation<D>, parent: Operation<D> | Ancestor): void {
    operation.placeless = false;
    withdraw(operation);
    adopt(operation, parent, 'inferred', placing);
    if (parent.is === 'ancestor' || parent.settled) placing.aroundSettled(operation);
  }

  /** The end of `around` came right after that of `operation`, in the same place. */
  function moveInto(operation: Operation<D>, around: Operation<D>): void {
    if (operation.settled || operation.parentCertainty !== 'inferred') return;
    operation.isWitnessed = true;
    if (operation.parent !== around) takePlace(operation, around);
  }

  function hearWitness(operation: Operation<D>, end: ArrivedEvent<D>): void {
    const around = enclosedBy(operation, end, settings);
    if (around !== undefined) moveInto(operation, around);
  }

  const findings: Findings<D> = {
    placed(operation, parent) {
      if (parent !== undefined) takePlace(operation, parent);
      else if (operation.kind.canBeRoot) standAlone(operation, placing);
      else {
        operation.homeless = true;
        placing.review(operation);
      }
    },
    expected(operation, parent) {
      if (parent !== undefined) expect(operation, parent, placing.recall);
    },
    paired(end, { operation, why }) {
      operation.whyEnd = why;
      const { execution } = operation;
      execution.inferredEnds ??= new Map();
      execution.inferredEnds.set(end.event.facts.id, operation);
      pair(end, operation, placing);
    },
    placedLate: hearWitness,
    streamed: (chunk, call) => stream(chunk, call, placing),
    unpaired(end) {
      end.alone = true;
      placing.review(end);
    },
  };

  return {
    findings,
    ended(operation, end) {
      const inside = endedRightBefore(operation, end, settings);
      if (inside !== undefined) moveInto(inside, operation);
      hearWitness(operation, end);
    },
    settleForLess(operation) {
      if (operation.parent !== undefined) return;
      const parent = findPlace(operation.execution.sweep, operation);
      if (parent === undefined) standAlone(operation, placing);
      else takePlace(operation, parent);
    },
    reconsider(operation) {
      if (operation.settled || operation.isWitnessed) return;
      const parent = findPlace(operation.execution.sweep, operation);
      if (parent !== undefined && parent !== operation.parent) takePlace(operation, parent);
    },
  };
}
