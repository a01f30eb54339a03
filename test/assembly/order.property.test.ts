import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assembleAll, createBench, incoming, type Operation } from '../support/assemble.ts';
import { readRecording, recordingNames } from '../support/recordings.ts';

const GENERATION = '1.15.30';
const RUNS = 25;

/** The same operations, whatever order they came out in. */
function asSet(operations: readonly Operation[]): readonly Operation[] {
  return [...operations].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Sums on a root count what is known when it settles: they alone depend on when events come. */
function withoutTally(operation: Operation): object {
  return { ...operation, tally: undefined };
}

describe.each(recordingNames(GENERATION))('recording %s', name => {
  const events = readRecording(GENERATION, name).map(incoming);
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

  it('gives the same operations when each event comes up to the settle time late', () => {
    const lateness = fc.array(fc.nat(1_900), { minLength: events.length, maxLength: events.length });
    fc.assert(
      fc.property(lateness, delays => {
        expect(asSet(assembleStreaming(events, delays)).map(withoutTally)).toEqual(inOrder.map(withoutTally));
      }),
      { numRuns: RUNS },
    );
  });
});

/** The events at the times that they bear, each late by its delay. */
function assembleStreaming(
  events: readonly ReturnType<typeof incoming>[],
  delays: readonly number[],
): readonly Operation[] {
  const bench = createBench();
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
