import { describe, expect, it } from 'vitest';
import { readFacts } from '../../src/crewai/read-facts.ts';
import { createOpenExecutions, type OpenExecutions } from '../../src/telemetry/open-executions.ts';
import { event } from '../support/events.ts';

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

describe('numbers that no event had', () => {
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

  it('is known, and memory bounded, however many there are', () => {
    const open = createOpenExecutions(() => 7);
    for (let index = 0; index < 30_000; index += 1) note(open, 1, { execution: `run-${index}` });
    expect(open.oldestSince()).toBe(7);
    note(open, 9, { execution: 'run-29999' });
    expect(open.left({ source: 'team', executionId: 'run-29999' })).toBe(0);
  });
});
