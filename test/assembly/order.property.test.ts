/** The trace is a function of the set of events. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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
 * What alone depends on when events come: sums on a root count what is known when it settles, and a mark may come after
 * its operation was finished.
 */
function inTime(operation: Operation): object {
  const marks = operation.marks.filter(({ time }) => time <= operation.endTime);
  return { ...operation, marks, tally: undefined };
}

function stretched(events: readonly IncomingEvent[], by: number): readonly IncomingEvent[] {
  const begin = Math.min(...events.map(({ time }) => time));
  return events.map(event => ({ ...event, time: begin + (event.time - begin) * by }));
}

/** The events at the times that they bear, each late by its delay. */
function assembleStreaming(events: readonly IncomingEvent[], delays: readonly number[]): readonly Operation[] {
  const bench = createBench({ settleMs: SETTLE_MS });
  const begin = Math.min(...events.map(({ time }) => time));
  const arrivals = events.map((event, index) => ({ event, at: (event.time - begin) / 1000 + (delays[index] ?? 0) }));
  let now = 0;
  for (const { event, at } of arrivals.sort((a, b) => a.at - b.at)) {
    bench.pass(at - now);
    now = at;
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
