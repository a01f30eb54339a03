/**
 * Follows executions while they are in assembly: since when they are there, and which of their events never came.
 *
 * CrewAI numbers events in `emission_sequence`, for each context on its own: numbers begin anew and repeat within one
 * execution, so two events of one number are no repeat, and only a number that no event has is a sign of loss. The
 * counts are lower bounds.
 */
import type { EventFacts } from '../crewai/facts.ts';
import type { ExecutionKey } from '../journal/journal.ts';
import { addNumber, countMissing, type NumberRanges } from './number-ranges.ts';

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
  /** `undefined` while no event has one. */
  numbers: NumberRanges | undefined;
  /** Smallest and largest number of a start or an end. */
  low: number | undefined;
  high: number | undefined;
  /** A run that was seen from its beginning, by this process alone. */
  rootSeen: boolean;
  replayed: boolean;
}

/** Further ones are not followed: a hundred bytes each, and more for their numbers. */
const MAX_EXECUTIONS = 20_000;
/** Of one execution; events that come in disorder need some for a while. */
const MAX_RANGES = 256;
/** More numbers than that are not lost in a row: their context counts from elsewhere. */
const WIDEST_GAP = 10_000;

export function createOpenExecutions(now: () => number): OpenExecutions {
  /** By source and id, each source's in order of their first event: the first one is its oldest. */
  const bySource = new Map<string, Map<string, Followed>>();
  let count = 0;
  /** Whose event was the latest: that of the next one, as a rule. */
  let latest: Followed | undefined;

  function follow(source: string, executionId: string): Followed | undefined {
    if (latest?.executionId === executionId && latest.source === source) return latest;
    latest = bySource.get(source)?.get(executionId) ?? begin(source, executionId);
    return latest;
  }

  function begin(source: string, executionId: string): Followed | undefined {
    if (count >= MAX_EXECUTIONS) return undefined;
    const followed: Followed = {
      source,
      executionId,
      // V8 makes an object of each fraction that is kept.
      since: Math.floor(now()),
      numbers: undefined,
      low: undefined,
      high: undefined,
      rootSeen: false,
      replayed: false,
    };
    const executions = bySource.get(source) ?? new Map<string, Followed>();
    bySource.set(source, executions.set(executionId, followed));
    count++;
    return followed;
  }

  function end(source: string, executionId: string): Followed | undefined {
    const executions = bySource.get(source);
    const followed = executions?.get(executionId);
    if (executions === undefined || followed === undefined) return undefined;
    executions.delete(executionId);
    if (executions.size === 0) bySource.delete(source);
    count--;
    if (latest === followed) latest = undefined;
    return followed;
  }

  return {
    note(source, { executionId, role, sequence }, replayed) {
      const followed = follow(source, executionId);
      if (followed === undefined) return;
      followed.replayed ||= replayed;
      followed.rootSeen ||= role.is === 'start' && role.kind.canBeRoot;
      if (sequence === undefined || !Number.isSafeInteger(sequence)) return;
      followed.numbers ??= [];
      addNumber(followed.numbers, sequence, MAX_RANGES);
      // `flow_created` and its like are numbered by the context around the run: they fill a gap, but make none.
      if (role.is !== 'start' && role.is !== 'end') return;
      followed.low = Math.min(followed.low ?? sequence, sequence);
      followed.high = Math.max(followed.high ?? sequence, sequence);
    },
    left({ source, executionId }) {
      const followed = end(source, executionId);
      // What comes after a run was let go, or was taken up after a restart, is only a part of it.
      if (followed === undefined || followed.replayed || !followed.rootSeen) return 0;
      const { numbers, low, high } = followed;
      if (numbers === undefined || low === undefined || high === undefined) return 0;
      return countMissing(numbers, low, high, WIDEST_GAP);
    },
    oldestSince() {
      let oldest: number | undefined;
      for (const executions of bySource.values()) {
        const [first] = executions.values();
        if (first !== undefined) oldest = Math.min(oldest ?? first.since, first.since);
      }
      return oldest;
    },
  };
}
