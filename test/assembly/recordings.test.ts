import { describe, expect, it } from 'vitest';
import { assembleAll, incoming, microseconds, type Operation } from '../support/assemble.ts';
import { type ExpectedOperation, readExpected, readRecording, recordings } from '../support/recordings.ts';

describe.each(recordings())('recording %s/%s', (generation, name) => {
  const operations = assembleAll(readRecording(generation, name).map(incoming));
  const expected = readExpected(generation, name);
  const byId = new Map(operations.map(operation => [operation.id, operation]));

  it('makes one operation of each that was called, and no other', () => {
    const wanted = new Set(expected.map(({ id }) => id));
    // The starts of what goes on here are in the execution that paused.
    const isResumed = generation.startsWith('1.9.3') && name === '17c_flow_resumed';
    const found = operations.filter(({ id, incomplete }) => wanted.has(id) || !isResumed || incomplete !== 'no_start');
    expect(found.map(({ id }) => id).sort()).toEqual([...wanted].sort());
  });

  it('puts each operation under its true parent', () => {
    const wrong = expected.filter(want => !stands(want, byId, expected));
    expect(wrong.map(want => ({ ...want, found: byId.get(want.id)?.parentId }))).toEqual([]);
  });

  it('has the same places and ends where times are milliseconds', () => {
    const events = readRecording(generation, name).map(incoming);
    const rounded = events.map(event => ({ ...event, time: event.time - (event.time % 1_000) }));
    const places = (some: readonly Operation[]) =>
      some
        .map(({ id, parentId, end }) => ({ id, parentId, endId: end?.id }))
        .toSorted((a, b) => (a.id < b.id ? -1 : 1));
    expect(places(assembleAll(rounded))).toEqual(places(operations));
  });

  it('ends each operation by its own end, at its own times, with its own outcome', () => {
    const found = expected.map(({ id }) => summary(byId.get(id)));
    expect(found).toEqual(expected.map(summaryExpected));
  });
});

function summary(operation: Operation | undefined): object | undefined {
  return (
    operation && {
      id: operation.id,
      end: operation.end?.id ?? null,
      startTime: operation.startTime,
      endTime: operation.end === undefined ? null : operation.endTime,
      failed: operation.end === undefined ? undefined : operation.outcome === 'failed',
      incomplete: operation.incomplete,
    }
  );
}

function summaryExpected(want: ExpectedOperation): object {
  return {
    id: want.id,
    end: want.end,
    startTime: microseconds(want.start_time),
    endTime: want.end_time === null ? null : microseconds(want.end_time),
    failed: want.failed,
    incomplete: want.end === null ? 'no_end' : undefined,
  };
}

/** Families that the record of calls does not cover may stand in between. */
function stands(
  want: ExpectedOperation,
  found: ReadonlyMap<string, Operation>,
  expected: readonly ExpectedOperation[],
): boolean {
  const uncalled = new Set(expected.filter(({ called }) => !called).map(({ id }) => id));
  let parent = found.get(want.id)?.parentId ?? '';
  while (!want.parents.includes(parent) && uncalled.has(parent)) parent = found.get(parent)?.parentId ?? '';
  return want.parents.includes(parent);
}
