import type { Family } from '../crewai/catalogue.ts';
import type { EventFacts } from '../crewai/facts.ts';

/** What the order of events goes by. */
export interface EventPlace {
  /** Microseconds since the Unix epoch, UTC. */
  readonly time: number;
  readonly sequence: number | undefined;
  readonly rank: number;
  readonly id: string;
}

/** Outer families first: a parent's start sorts before its child's where the clock cannot tell them apart. */
const OUTERMOST_FIRST: readonly Family[] = [
  'flow',
  'method',
  'crew',
  'task',
  'knowledge',
  'agent',
  'lite_agent',
  'reasoning',
  'memory',
  'guardrail',
  'llm',
  'tool',
  'mcp',
];
const depth = new Map(OUTERMOST_FIRST.map((family, index) => [family, index]));
const INNERMOST = OUTERMOST_FIRST.length;

function rank(facts: EventFacts): number {
  switch (facts.role.is) {
    case 'start':
      return depth.get(facts.role.kind.family) ?? INNERMOST;
    case 'mark':
    case 'chunk':
      return INNERMOST + 1;
    case 'end': {
      const { kind, outcome } = facts.role;
      const outward = INNERMOST - (depth.get(kind.family) ?? INNERMOST);
      return INNERMOST + 2 + outward - (outcome === 'failed' ? 0.5 : 0);
    }
  }
}

/**
 * The order of events within an execution: by time, then `emission_sequence`, then a fixed rank (a parent's start
 * before its child's, an end after its start), then id. Never by arrival, so that any delivery gives the same trace.
 */
export function compareEvents(a: EventFacts, b: EventFacts): number {
  return a.time - b.time || comparePlaces(placeOf(a), placeOf(b));
}

export function placeOf(facts: EventFacts): EventPlace {
  const { time, sequence, id } = facts;
  return { time, sequence, rank: rank(facts), id };
}

export function comparePlaces(a: EventPlace, b: EventPlace): number {
  return (
    a.time - b.time ||
    (a.sequence ?? 0) - (b.sequence ?? 0) ||
    a.rank - b.rank ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  );
}
