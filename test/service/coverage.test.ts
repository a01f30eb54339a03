import { describe, expect, it } from 'vitest';
import type { SettledOperation } from '../../src/assembly/settled.ts';
import { createLog } from '../../src/log.ts';
import { createCoverage } from '../../src/service/coverage.ts';
import { assembleAll } from '../support/assemble.ts';
import { event } from '../support/events.ts';

function started(execution: string): SettledOperation<unknown>[] {
  return [...assembleAll([event('crew', 'crew_kickoff_started', { at: 0, execution })])];
}

function whole(execution: string): SettledOperation<unknown>[] {
  return [
    ...assembleAll([
      event('crew', 'crew_kickoff_started', { at: 0, execution }),
      event('end', 'crew_kickoff_completed', { at: 5, execution, started: 'crew' }),
    ]),
  ];
}

/** What is logged when operations like these come from so many executions. */
function logged(executions: number, make: (execution: string, index: number) => SettledOperation<unknown>[]): string[] {
  const lines: string[] = [];
  const coverage = createCoverage(createLog({ level: 'warn', destination: { write: line => void lines.push(line) } }));
  for (let index = 0; index < executions; index++) for (const one of make(`run-${index}`, index)) coverage.note(one);
  return lines;
}

describe('coverage', () => {
  it('says once that a source sends no ends, and what to set', () => {
    const lines = logged(100, started);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('CREWSPAN_EVENTS');
    expect(lines[0]).toContain('crew_kickoff_completed');
  });

  it('says nothing of a few runs that died', () => {
    expect(logged(19, started)).toEqual([]);
  });

  it('says nothing of a source that has sent a whole pair', () => {
    expect(logged(100, (execution, index) => (index === 3 ? whole(execution) : started(execution)))).toEqual([]);
  });
});
