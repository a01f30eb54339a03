import { describe, expect, it } from 'vitest';
import { readFacts } from '../../src/crewai/read-facts.ts';
import { createOpenExecutions, type OpenExecutions } from '../../src/telemetry/open-executions.ts';
import { incoming } from '../support/assemble.ts';
import { event } from '../support/events.ts';
import { readRecording, recordings } from '../support/recordings.ts';

const KEY = { source: 'team', executionId: 'run' };

interface Numbered {
  readonly type?: string;
  readonly execution?: string;
  readonly replayed?: boolean;
}

function note(open: OpenExecutions, sequence: number, options: Numbered = {}): void {
  const { type = 'task_started', execution = 'run', replayed = false } = options;
  const made = event(`${type}-${sequence}`, type, { at: 0, execution, data: { emission_sequence: sequence } });
  open.note('team', readFacts(made), replayed);
}

function noteRun(open: OpenExecutions, numbers: readonly number[]): void {
  note(open, 1, { type: 'crew_kickoff_started' });
  for (const number of numbers) note(open, number);
}

/** The generations whose events are numbered, whole. */
const NUMBERED = recordings().filter(([generation]) => generation === '1.9.3' || generation === '1.15.30');

/** How many events of a recording are missing, when only those are sent that `sent` lets through. */
function missingOf([generation, name]: readonly [string, string], sent: (index: number) => boolean): number {
  const open = createOpenExecutions(() => 0);
  const events = readRecording(generation, name).map(incoming);
  for (const [index, one] of events.entries()) if (sent(index)) open.note('team', readFacts(one), false);
  const ids = new Set(events.map(({ executionId }) => executionId));
  return [...ids].reduce((sum, executionId) => sum + open.left({ source: 'team', executionId }), 0);
}

describe('numbers that no event had', () => {
  it.each(NUMBERED)('are none in a whole recording: %s %s', (...recording) => {
    expect(missingOf(recording, () => true)).toBe(0);
  });

  it('are never more than the events that were lost, in any recording', () => {
    for (const recording of NUMBERED) {
      const [generation, name] = recording;
      const { length } = readRecording(generation, name);
      for (const every of [2, 3, 7]) {
        const lost = Array.from({ length }, (_, index) => index).filter(index => index % every === 1).length;
        expect(missingOf(recording, index => index % every !== 1)).toBeLessThanOrEqual(lost);
      }
    }
  });

  it('are counted between the first and the last start or end', () => {
    const open = createOpenExecutions(() => 0);
    noteRun(open, [5, 2, 9, 5]);
    expect(open.left(KEY)).toBe(5);
  });

  it('are none where an event of any type has them', () => {
    const open = createOpenExecutions(() => 0);
    noteRun(open, [2, 4]);
    note(open, 3, { type: 'default_env' });
    expect(open.left(KEY)).toBe(0);
  });

  it('are not told by what is numbered outside of the run', () => {
    const open = createOpenExecutions(() => 0);
    noteRun(open, [2, 3]);
    note(open, 41, { type: 'flow_created' });
    expect(open.left(KEY)).toBe(0);
  });

  it('are not told by a part of a run: taken up after a restart, or come after it was let go', () => {
    const open = createOpenExecutions(() => 0);
    noteRun(open, [2]);
    note(open, 9, { replayed: true });
    expect(open.left(KEY)).toBe(0);
    note(open, 5);
    note(open, 50);
    expect(open.left(KEY)).toBe(0);
  });

  it('are none where numbers jump, or are none at all', () => {
    const open = createOpenExecutions(() => 0);
    noteRun(open, [2, 3, 1e15]);
    note(open, Number.NaN);
    note(open, 2.5);
    expect(open.left(KEY)).toBe(0);
  });
});

describe('the oldest open execution', () => {
  it('is the one whose first event came first', () => {
    let now = 10;
    const open = createOpenExecutions(() => now);
    expect(open.oldestSince()).toBeUndefined();
    note(open, 1, { execution: 'a' });
    now = 20;
    note(open, 1, { execution: 'b' });
    note(open, 2, { execution: 'a' });
    expect(open.oldestSince()).toBe(10);
    open.left({ source: 'team', executionId: 'a' });
    expect(open.oldestSince()).toBe(20);
  });

  it('is that of all sources', () => {
    let now = 10;
    const open = createOpenExecutions(() => now++);
    for (const source of ['one', 'other']) {
      open.note(source, readFacts(event('e', 'task_started', { at: 0, execution: 'run', data: {} })), false);
    }
    expect(open.oldestSince()).toBe(10);
    open.left({ source: 'one', executionId: 'run' });
    expect(open.oldestSince()).toBe(11);
    open.left({ source: 'other', executionId: 'run' });
    expect(open.oldestSince()).toBeUndefined();
  });

  it('is known, and memory bounded, however many there are', () => {
    const open = createOpenExecutions(() => 7);
    for (let index = 0; index < 30_000; index += 1) note(open, 1, { execution: `run-${index}` });
    expect(open.oldestSince()).toBe(7);
    note(open, 9, { execution: 'run-29999' });
    expect(open.left({ source: 'team', executionId: 'run-29999' })).toBe(0);
  });
});
