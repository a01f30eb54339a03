/** The trace is a function of the set of events. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AssemblySettings } from '../../src/assembly/settings.ts';
import type { IncomingEvent } from '../../src/crewai/event.ts';
import { assembleAll, createBench, incoming, type Operation } from '../support/assemble.ts';
import { readRecording, recordings } from '../support/recordings.ts';

const RUNS = 20;
const SETTLE_MS = 2_000;
/** From milliseconds to minutes: what a recorded run shows in a second may take an hour. */
const STRETCH = 10_000;

/** The same operations, whatever order they came out in. */
function asSet(operations: readonly Operation[]): readonly Operation[] {
  return [...operations].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * What alone depends on when events come: sums on a root count what is known when it settles, a mark may come after its
 * operation was finished, and the reasons of a place are gone when its parent is.
 */
function inTime(operation: Operation): object {
  const marks = operation.marks.filter(({ time }) => time <= operation.endTime);
  return { ...operation, marks, tally: undefined, why: undefined };
}

function stretched(events: readonly IncomingEvent[], by: number): readonly IncomingEvent[] {
  const begin = Math.min(...events.map(({ time }) => time));
  return events.map(event => ({ ...event, time: begin + (event.time - begin) * by }));
}

interface Streaming {
  readonly settings?: Partial<AssemblySettings>;
  /** After how many events the process is ended and started again. */
  readonly restartAt?: number;
}

/** The events at the times that they bear, each late by its delay. */
function assembleStreaming(
  events: readonly IncomingEvent[],
  delays: readonly number[],
  { settings, restartAt }: Streaming = {},
): readonly Operation[] {
  const bench = createBench({ settleMs: SETTLE_MS, ...settings });
  const begin = Math.min(...events.map(({ time }) => time));
  const arrivals = events.map((event, index) => ({ event, at: (event.time - begin) / 1000 + (delays[index] ?? 0) }));
  let now = 0;
  for (const [index, { event, at }] of arrivals.sort((a, b) => a.at - b.at).entries()) {
    bench.pass(at - now);
    now = at;
    if (index === restartAt) bench.restart();
    bench.add(event);
  }
  return bench.drain();
}

describe.each(recordings())('recording %s/%s', (generation, name) => {
  const events = readRecording(generation, name).map(incoming);
  const inOrder = asSet(assembleAll(events));

  it('gives the same operations in any order, with any repeats', () => {
    const anyOrder = fc.shuffledSubarray([...events], { minLength: events.length });
    const repeats = fc.subarray([...events]);
    fc.assert(
      fc.property(anyOrder, repeats, (first, again) => {
        expect(asSet(assembleAll([...first, ...again]))).toEqual(inOrder);
      }),
      { numRuns: RUNS },
    );
  });

  it('gives the same operations where each step has time for one thing only', () => {
    const anyOrder = fc.shuffledSubarray([...events], { minLength: events.length });
    fc.assert(
      fc.property(anyOrder, shuffled => {
        expect(asSet(assembleAll(shuffled, { isBusy: true }))).toEqual(inOrder);
      }),
      { numRuns: RUNS },
    );
  });

  it.each([1, STRETCH])('gives the same operations as it goes, %d times as slow, with events that come late', by => {
    const slow = stretched(events, by);
    const expected = asSet(assembleAll(slow)).map(inTime);
    const lateness = fc.array(fc.nat(SETTLE_MS - 100), { minLength: slow.length, maxLength: slow.length });
    fc.assert(
      fc.property(lateness, delays => {
        expect(asSet(assembleStreaming(slow, delays)).map(inTime)).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
  });
});

/**
 * Twin crews in parallel, which only a later event tells apart: it moves one of them, and what has settled in it by then
 * keeps the other's name. What has settled by then is another after a restart.
 */
const TWINS = '1.15.30-reduced/12d_flow_parallel_crews';

/** Nothing needs to be known of what has settled but what the journal keeps. */
const others = recordings().filter(names => names.join('/') !== TWINS);
describe.each(others)('recording %s/%s', (generation, name) => {
  const events = readRecording(generation, name).map(incoming);
  const lateness = fc.array(fc.nat(SETTLE_MS - 100), { minLength: events.length, maxLength: events.length });

  it.each([1, STRETCH])('gives the same operations after a restart at any moment, %d times as slow', by => {
    const slow = stretched(events, by);
    const expected = asSet(assembleStreaming(slow, [])).map(inTime);
    fc.assert(
      fc.property(lateness, fc.nat(events.length), (delays, restartAt) => {
        expect(asSet(assembleStreaming(slow, delays, { restartAt })).map(inTime)).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
  });

  it('gives the same operations where the heap is short all the time', () => {
    const slow = stretched(events, STRETCH / 10);
    const expected = asSet(assembleStreaming(slow, [])).map(inTime);
    fc.assert(
      fc.property(lateness, delays => {
        expect(asSet(assembleStreaming(slow, delays, { settings: { heapBytes: 0 } })).map(inTime)).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
  });

  it('counts the same sums after a restart, and where the heap is short', () => {
    const slow = stretched(events, STRETCH);
    const tallies = (operations: readonly Operation[]) =>
      asSet(operations).map(({ tally, calls }) => ({ tally, calls }));
    const expected = tallies(assembleStreaming(slow, []));
    fc.assert(
      fc.property(fc.nat(events.length), restartAt => {
        expect(tallies(assembleStreaming(slow, [], { restartAt }))).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
    expect(tallies(assembleStreaming(slow, [], { settings: { heapBytes: 0 } }))).toEqual(expected);
  });
});
