import { expect, it } from 'vitest';
import { CATALOGUE } from '../../src/crewai/catalogue.ts';
import { load } from './support.ts';

const warningsFor = (types: string) => load({ CREWSPAN_EVENTS: types }).warnings;

it('names the type of CrewAI that a misspelt one is near to', () => {
  expect(warningsFor('task_started, task_complete,crew_kickof_started')).toEqual([
    'CREWSPAN_EVENTS: CrewAI has no event task_complete: did you mean task_completed?',
    'CREWSPAN_EVENTS: CrewAI has no event crew_kickof_started: did you mean crew_kickoff_started?',
  ]);
});

it.each([
  ['all', 'all'],
  ['every type of CrewAI', [...CATALOGUE.keys()].join(',')],
  ['custom types', 'invoice_started,invoice_completed,cache_hit,my_task_started'],
])('says nothing of %s', (_, types) => {
  expect(warningsFor(types)).toEqual([]);
});
