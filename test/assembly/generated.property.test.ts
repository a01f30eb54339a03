/** Made-up runs, whose tree is known because they were made from it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IncomingEvent } from '../../src/crewai/event.ts';
import { assembleAll, type Operation } from '../support/assemble.ts';
import { event } from '../support/events.ts';

/** What an operation of a family may hold, outermost first. */
const INSIDE: Readonly<Record<string, readonly string[]>> = {
  flow: ['method_execution'],
  method_execution: ['crew_kickoff', 'llm_call'],
  crew_kickoff: ['task'],
  task: ['agent_execution'],
  agent_execution: ['llm_call', 'tool_usage'],
  llm_call: [],
  tool_usage: ['mcp_tool_execution'],
  mcp_tool_execution: [],
};
const ENDS: Readonly<Record<string, string>> = {
  flow: 'finished',
  method_execution: 'finished',
  tool_usage: 'finished',
};

interface Made {
  readonly base: string;
  readonly inside: readonly Made[];
}

function tree(base: string, depth: number): fc.Arbitrary<Made> {
  const bases = INSIDE[base] ?? [];
  if (depth === 0 || bases.length === 0) return fc.constant({ base, inside: [] });
  const child = fc.constantFrom(...bases).chain(inner => tree(inner, depth - 1));
  return fc.array(child, { maxLength: 3 }).map(inside => ({ base, inside }));
}

interface Run {
  readonly events: readonly IncomingEvent[];
  /** Operation → its parent. */
  readonly places: ReadonlyMap<string, string | undefined>;
}

/** The events of a run in which one thing happens after the other. Without ids only what CrewAI 1.7 says is in them. */
function play(root: Made, withIds: boolean): Run {
  const events: IncomingEvent[] = [];
  const places = new Map<string, string | undefined>();
  let at = 0;
  const visit = (made: Made, parent: string | undefined, task: string | undefined): void => {
    const id = `${made.base}-${places.size}`;
    const ownTask = made.base === 'task' ? id : task;
    const data = ownTask === undefined ? {} : { task_id: ownTask };
    places.set(id, parent);
    const ids = withIds && parent !== undefined ? { parent } : {};
    events.push(plain(event(id, `${made.base}_started`, { at: at++, ...ids, data }), withIds));
    for (const inner of made.inside) visit(inner, id, ownTask);
    const end = `${made.base}_${ENDS[made.base] ?? 'completed'}`;
    const started = withIds ? { started: id } : {};
    events.push(plain(event(`${id}-end`, end, { at: at++, ...ids, ...started, data }), withIds));
  };
  visit(root, undefined, undefined);
  return { events, places };
}

function plain(made: IncomingEvent, withIds: boolean): IncomingEvent {
  if (withIds) return made;
  const { task_id } = made.data as { task_id?: unknown };
  return { ...made, data: task_id === undefined ? {} : { task_id } };
}

function placesOf(operations: readonly Operation[]): ReadonlyMap<string, string | undefined> {
  return new Map(operations.map(({ id, parentId }) => [id, parentId]));
}

const runs = fc.constantFrom('flow', 'crew_kickoff').chain(base => tree(base, 6));

describe.each([
  ['with ids', true],
  ['without ids', false],
])('a made-up run %s', (_, withIds) => {
  it('becomes the tree that it was made from, in any order', () => {
    const shuffled = runs.chain(root => {
      const { events, places } = play(root, withIds);
      return fc.tuple(fc.constant(places), fc.shuffledSubarray([...events], { minLength: events.length }));
    });
    fc.assert(
      fc.property(shuffled, ([places, events]) => {
        const operations = assembleAll(events);
        expect(placesOf(operations)).toEqual(places);
        for (const { id, end } of operations) expect(end?.id).toBe(`${id}-end`);
      }),
      { numRuns: 200 },
    );
  });
});
