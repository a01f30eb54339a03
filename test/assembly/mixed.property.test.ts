/** All recordings at once, those of a generation from a source of its own: each run comes out as it does alone. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AssemblySettings } from '../../src/assembly/settings.ts';
import type { IncomingEvent } from '../../src/crewai/event.ts';
import { createBench, incoming, type Operation } from '../support/assemble.ts';
import { readRecording, recordings } from '../support/recordings.ts';

const RUNS = 5;
const SETTLE_MS = 2_000;
/** In milliseconds: how far apart the runs begin. */
const APART_MS = 100_000;

interface Run {
  /** A generation and its reduced form are the same executions, by the same ids. */
  readonly source: string;
  readonly events: readonly IncomingEvent[];
}

interface Arrival {
  readonly source: string;
  readonly event: IncomingEvent;
  /** By the clock of arrival, milliseconds. */
  readonly at: number;
}

/** A flow that pauses and the one that goes on from there belong together. */
function togetherWith([generation, name]: readonly [string, string]): string {
  return `${generation}/${name.replace(/17[bc]_flow_(?:paused|resumed)/, '17b and 17c')}`;
}

function readRuns(): readonly Run[] {
  const runs = new Map<string, { source: string; events: IncomingEvent[] }>();
  for (const names of recordings()) {
    const key = togetherWith(names);
    const run = runs.get(key) ?? { source: names[0], events: [] };
    run.events.push(...readRecording(...names).map(incoming));
    runs.set(key, run);
  }
  return [...runs.values()];
}

const runs = readRuns();

/** Twin crews whose names depend on what has settled by then: see order.property.test.ts. */
const isTwins = ({ source, events }: Run): boolean =>
  source === '1.15.30-reduced' && events.some(({ data }) => (data as { flow_name?: unknown }).flow_name === 'ParFlow');

/** Each event late by some of the time that is waited for, and some of them once more after that. */
function arrivalsOf({ source, events }: Run, { by, random }: { by: number; random: () => number }): Arrival[] {
  const from = random() * APART_MS * by;
  const begin = Math.min(...events.map(({ time }) => time));
  return events.flatMap(recorded => {
    const event = { ...recorded, time: begin + (recorded.time - begin) * by };
    const at = Math.floor(from + (event.time - begin) / 1000 + (random() * SETTLE_MS) / 2);
    const first = { source, event, at };
    return random() < 0.8 ? [first] : [first, { ...first, at: Math.floor(at + random() * 2 * SETTLE_MS) }];
  });
}

interface Playing {
  readonly settings?: Partial<AssemblySettings>;
  /** The process is ended and started again after so many events each. */
  readonly restartEvery?: number;
}

function play(arrivals: readonly Arrival[], { settings, restartEvery = Number.POSITIVE_INFINITY }: Playing = {}) {
  const bench = createBench({ settleMs: SETTLE_MS, ...settings });
  let now = 0;
  for (const [index, { source, event, at }] of arrivals.toSorted((a, b) => a.at - b.at).entries()) {
    bench.pass(at - now);
    now = at;
    if (index % restartEvery === restartEvery - 1) bench.restart();
    bench.add(event, { source });
  }
  const operations = bench.drain();
  expect(bench.open()).toEqual({ executions: 0, operations: 0 });
  expect(bench.weight()).toBe(0);
  return operations;
}

const keyOf = ({ source, executionId, id }: Operation): string => `${source} ${executionId} ${id}`;
const byKey = (operations: readonly Operation[]) => operations.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));

/** What an interruption may change: see order.property.test.ts. */
function interrupted(operation: Operation): object {
  const marks = operation.marks.filter(({ time }) => time <= operation.endTime);
  return { ...operation, marks, tally: undefined, why: undefined };
}

/** Numbers from 0 to 1, always the same for a seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe.each([
  ['as fast as recorded', 1],
  ['a thousand times as slow', 1_000],
])('runs that come mixed, %s,', (_, by) => {
  it('are each what they are alone', () => {
    fc.assert(
      fc.property(fc.integer(), seed => {
        const random = randomFrom(seed);
        const arrivals = runs.map(run => arrivalsOf(run, { by, random }));
        const alone = arrivals.flatMap(some => play(some));
        expect(byKey(play(arrivals.flat()))).toEqual(byKey(alone));
      }),
      { numRuns: RUNS },
    );
  });

  it.each([
    ['after restarts', { restartEvery: 2_000 }],
    ['where the heap is short', { settings: { heapBytes: 50_000 } }],
  ])('are so %s', (_name, playing) => {
    const others = runs.filter(run => !isTwins(run));
    fc.assert(
      fc.property(fc.integer(), seed => {
        const random = randomFrom(seed);
        const arrivals = others.map(run => arrivalsOf(run, { by, random }));
        const alone = arrivals.flatMap(some => play(some));
        expect(byKey(play(arrivals.flat(), playing)).map(interrupted)).toEqual(byKey(alone).map(interrupted));
      }),
      { numRuns: RUNS },
    );
  });
});
