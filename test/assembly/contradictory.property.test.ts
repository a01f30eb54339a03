/** Events that contradict each other: whatever they name, all of it settles, each operation once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IncomingEvent } from '../../src/crewai/event.ts';
import { createBench } from '../support/assemble.ts';
import { event } from '../support/events.ts';

const ENDS: Readonly<Record<string, readonly string[]>> = {
  crew_kickoff: ['completed', 'failed'],
  flow: ['finished', 'paused'],
  method_execution: ['finished', 'paused'],
  task: ['completed', 'failed'],
  agent_execution: ['completed', 'error'],
  tool_usage: ['finished', 'error'],
  llm_call: ['completed', 'failed'],
  memory_save: ['completed'],
  thing: ['completed', 'failed'],
};
const MARKS = ['llm_stream_chunk', 'some_note', 'tool_failure_detected'];
/** In milliseconds: until something settles, rests, is idle, is given up. */
const PAUSES = [2_500, 40_000, 301_000, 90_000_000];

const id = fc.constantFrom('0', '1', '2', '3', '4', '5', 'never');
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const execution = fc.constantFrom('run', 'run', 'run', 'other');
const at = fc.nat(20);
const callId = maybe(fc.constantFrom('call-1', 'call-2'));
const data = (call_id: string | undefined) => (call_id === undefined ? {} : { call_id });

const start = fc
  .record({ id, base: fc.constantFrom(...Object.keys(ENDS)), at, execution, parent: maybe(id), callId })
  .map(({ id, base, callId, ...rest }) => event(id, `${base}_started`, { ...rest, data: data(callId) }));
const end = fc
  .record({
    id,
    base: fc.constantFrom(...Object.keys(ENDS)),
    which: fc.nat(1),
    at,
    execution,
    parent: maybe(id),
    started: maybe(id),
    callId,
  })
  .map(({ id, base, which, callId, ...rest }) => {
    const ends = ENDS[base] ?? [];
    return event(`end-${id}`, `${base}_${ends[which % ends.length]}`, { ...rest, data: data(callId) });
  });
const mark = fc
  .record({ id, type: fc.constantFrom(...MARKS), at, execution, parent: maybe(id), callId })
  .map(({ id, type, callId, ...rest }) => event(`mark-${id}`, type, { ...rest, data: data(callId) }));

type Step = { readonly event: IncomingEvent } | { readonly pause: number } | 'restart';

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: start.map(event => ({ event })) },
  { weight: 4, arbitrary: end.map(event => ({ event })) },
  { weight: 1, arbitrary: mark.map(event => ({ event })) },
  { weight: 2, arbitrary: fc.constantFrom(...PAUSES).map(pause => ({ pause })) },
  { weight: 1, arbitrary: fc.constant('restart' as const) },
);

describe('events that contradict each other', () => {
  it('settle, each operation once, in whatever order, with whatever pauses and restarts', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.boolean(), (steps, isHeapShort) => {
        const bench = createBench(isHeapShort ? { heapBytes: 3_000 } : {});
        for (const one of steps) {
          if (one === 'restart') bench.restart();
          else if ('pause' in one) bench.pass(one.pause);
          else bench.add(one.event);
        }
        const spans = bench.drain().map(operation => `${operation.executionId} ${operation.id}`);
        expect(spans.toSorted()).toEqual([...new Set(spans)].toSorted());
        expect(bench.open()).toEqual({ executions: 0, operations: 0 });
        expect(bench.weight()).toBe(0);
      }),
      { numRuns: 3_000 },
    );
  });
});
