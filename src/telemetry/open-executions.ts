/**
 * Follows executions while they are in assembly: since when they are there, and which of their events never came.
 *
 * CrewAI numbers events in `emission_sequence`, for each context on its own: numbers begin anew and repeat within one
 * execution, so two events of one number are no repeat, and only a number that no event has is a sign of loss. The
 * counts are lower bounds.
 */
import type { EventFacts } from '../crewai/facts.ts';
import type { ExecutionKey } from '../journal/journal.ts';
import { createNumberRanges, type NumberRanges } from './number-ranges.ts';

export interface OpenExecutions {
  /** An event went into assembly. `replayed`: it was accepted by an earlier process. */
  note(source: string, facts: EventFacts, replayed: boolean): void;
  /** The execution has left assembly. Answers how many of its events never came, as far as that can be told. */
  left(key: ExecutionKey): number;
  /** By the clock given; `undefined` while none is open. Milliseconds. */
  oldestSince(): number | undefined;
}

interface Followed {
  readonly source: string;
  readonly executionId: string;
  readonly since: number;
  readonly numbers: NumberRanges;
  /** Smallest and largest number of a start or an end. */
  low: number;
  high: number;
  /** A run that was seen from its beginning, by this process alone. */
  rootSeen: boolean;
  replayed: boolean;
}

/** Further ones are not followed: a few hundred bytes each. */
const MAX_EXECUTIONS = 20_000;
/** Of one execution; events that come in disorder need some for a while. */
const MAX_RANGES = 256;
/** More numbers than that are not lost in a row: their context counts from elsewhere. */
const WIDEST_GAP = 10_000;

export function createOpenExecutions(now: () => number): OpenExecutions {
  // In order of their first event: the first one is the oldest.
  const executions = new Map<string, Followed>();
  /** Whose event was the latest: that of the next one, as a rule. */
  let latest: Followed | undefined;

  function follow(source: string, executionId: string): Followed | undefined {
    if (latest?.executionId === executionId && latest.source === source) return latest;
    const key = keyOf(source, executionId);
    latest = executions.get(key);
    if (latest !== undefined || executions.size >= MAX_EXECUTIONS) return latest;
    latest = {
      source,
      executionId,
      since: now(),
      numbers: createNumberRanges(MAX_RANGES),
      low: Number.POSITIVE_INFINITY,
      high: Number.NEGATIVE_INFINITY,
      rootSeen: false,
      replayed: false,
    };
    executions.set(key, latest);
    return latest;
  }

  return {
    note(source, { executionId, role, sequence }, replayed) {
      const followed = follow(source, executionId);
      if (followed === undefined) return;
      followed.replayed ||= replayed;
      followed.rootSeen ||= role.is === 'start' && role.kind.canBeRoot;
      if (sequence === undefined || !Number.isSafeInteger(sequence)) return;
      followed.numbers.add(sequence);
      // `flow_created` and its like are numbered by the context around the run: they fill a gap, but make none.
      if (role.is !== 'start' && role.is !== 'end') return;
      followed.low = Math.min(followed.low, sequence);
      followed.high = Math.max(followed.high, sequence);
    },
    left({ source, executionId }) {
      const key = keyOf(source, executionId);
      const followed = executions.get(key);
      executions.delete(key);
      if (latest === followed) latest = undefined;
      // What comes after a run was let go, or was taken up after a restart, is only a part of it.
      if (followed === undefined || followed.replayed || !followed.rootSeen) return 0;
      return followed.numbers.missing(followed.low, followed.high, WIDEST_GAP);
    },
    oldestSince() {
      for (const { since } of executions.values()) return since;
      return undefined;
    },
  };
}

function keyOf(source: string, executionId: string): string {
  return `${source}\n${executionId}`;
}
