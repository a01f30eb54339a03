import { expect, it } from 'vitest';
import { load } from './support.ts';

it('names the variable of OpenTelemetry that a misspelt one is near to, and not its value', () => {
  expect(load({ OTEL_EXPORTER_OTLP_ENPOINT: 'hidden', OTEL_TRACE_EXPORTER: 'none' }).warnings).toEqual([
    'OTEL_EXPORTER_OTLP_ENPOINT is no setting of crewspan: did you mean OTEL_EXPORTER_OTLP_ENDPOINT?',
    'OTEL_TRACE_EXPORTER is no setting of crewspan: did you mean OTEL_TRACES_EXPORTER?',
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
