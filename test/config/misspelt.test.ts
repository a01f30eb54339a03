import { expect, it } from 'vitest';
import { CATALOGUE } from '../../src/crewai/catalogue.ts';
import { load } from './support.ts';

it('names the variable of OpenTelemetry that a misspelt one is near to, and not its value', () => {
  expect(load({ OTEL_EXPORTER_OTLP_ENPOINT: 'hidden', OTEL_TRACE_EXPORTER: 'none' }).warnings).toEqual([
    'OTEL_EXPORTER_OTLP_ENPOINT is not a crewspan setting: did you mean OTEL_EXPORTER_OTLP_ENDPOINT?',
    'OTEL_TRACE_EXPORTER is not a crewspan setting: did you mean OTEL_TRACES_EXPORTER?',
  ]);
});

it.each([
  'OTEL_METRICS_EXPORTER',
  'OTEL_LOGS_EXPORTER',
  'OTEL_TRACES_SAMPLER',
  'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
  'OTEL_EXPORTER_OTLP_LOGS_HEADERS',
  'OTEL_LINK_ATTRIBUTE_COUNT_LIMIT',
  'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT',
  'OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT',
  'OTEL_SDK_DISABLED',
  'HOTEL_SERVICE_NAME',
])('says nothing of %s', name => {
  expect(load({ [name]: 'x' }).warnings).toEqual([]);
});

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
