import { expect, test } from 'vitest';
import { compareEvents } from '../../src/assembly/order.ts';
import { readFacts } from '../../src/crewai/read-facts.ts';
import { event } from '../support/events.ts';

test('events go by time, then by their number, then by what holds what, what failed first, then by id; never by arrival', () => {
  const made = (id: string, type: string, at: number, emission_sequence?: number) =>
    readFacts(event(id, type, { at, data: { emission_sequence } }));
  const ordered = [
    made('z', 'llm_call_started', 0, 9),
    made('y', 'llm_call_started', 1, 1),
    made('x', 'crew_kickoff_started', 1, 2),
    made('w', 'crew_kickoff_started', 2),
    made('v', 'agent_execution_started', 2),
    made('u', 'order_started', 2),
    made('t', 'flow_created', 2),
    made('r', 'order_completed', 2),
    made('s', 'order_completed', 2),
    made('o', 'agent_execution_error', 2),
    made('n', 'agent_execution_completed', 2),
    made('p', 'crew_kickoff_completed', 2),
  ];
  const ids = ordered.map(({ id }) => id);
  expect(
    ordered
      .toReversed()
      .sort(compareEvents)
      .map(({ id }) => id),
  ).toEqual(ids);
  expect(
    ordered
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .sort(compareEvents)
      .map(({ id }) => id),
  ).toEqual(ids);
});
