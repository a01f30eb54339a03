/** Notices that a source sends only one half of a pair: waiting for the other half is then for nothing. */
import type { SettledOperation } from '../assembly/settled.ts';
import type { Log } from '../log.ts';

/** So many executions in a row without the other half are no accident. */
const EXECUTIONS = 20;
/** Sources times types; where no token proves a source, anybody may make up more. */
const MAX_HALVES = 10_000;

interface Half {
  /** Executions seen with nothing but this half. */
  readonly executions: Set<string>;
  said: boolean;
}

export interface Coverage {
  note(operation: SettledOperation<unknown>): void;
}

/** Says so once for each source, type and half, and what to do about it. */
export function createCoverage(log: Log): Coverage {
  const halves = new Map<string, Half>();

  return {
    note({ source, executionId, kind, incomplete }) {
      // Custom types are made up without end; whoever sends a lone one means it.
      if (kind.family === 'custom') return;
      const key = `${source}\n${kind.base}`;
      const known = halves.get(key);
      if (known?.said || (known === undefined && halves.size >= MAX_HALVES)) return;
      const half = known ?? { executions: new Set(), said: false };
      halves.set(key, half);
      if (incomplete !== undefined && half.executions.add(executionId).size < EXECUTIONS) return;
      half.said = true;
      half.executions.clear();
      if (incomplete === undefined) return;
      const missing = incomplete === 'no_end' ? Object.keys(kind.ends).join(', ') : kind.start;
      log.warn(
        { source, missing },
        'this source never sends these types; list the types that it does send in CREWSPAN_EVENTS, and crewspan stops waiting for the others',
      );
    },
  };
}
