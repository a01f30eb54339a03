import { describe, expect, it } from 'vitest';
import { explainPath, likelyEndpoints, valueFor } from '../../../src/doctor/backend/path.ts';

const BASE = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const TRACES = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
const likely = (url: string) => likelyEndpoints(new URL(url)).map(({ href }) => href);

describe('the path of an endpoint', () => {
  it.each([
    ['http://h:4318/v1/traces/v1/traces', 'http://h:4318/v1/traces'],
    ['http://h:4318/v1/v1/traces', 'http://h:4318/v1/traces'],
    ['http://h:4318/v1/metrics/v1/traces', 'http://h:4318/v1/traces'],
    ['http://h:4318/otlp/v1/traces/', 'http://h:4318/otlp/v1/traces'],
    ['http://h:4318/otlp', 'http://h:4318/otlp/v1/traces'],
    ['http://h:4318/', 'http://h:4318/v1/traces'],
  ])('%s may have been meant as %s', (endpoint, meant) => {
    expect(likely(endpoint)).toContain(meant);
    expect(likely(endpoint)).not.toContain(endpoint);
  });

  it('has nothing else to be where it is as it should be', () => {
    expect(likely('http://h:4318/v1/traces')).toEqual([]);
  });

  it('is explained by the variable that it comes from', () => {
    expect(explainPath(new URL('http://h/v1/v1/traces'), BASE)).toBe(
      `${BASE} gets /v1/traces appended, which gave http://h/v1/v1/traces`,
    );
    expect(explainPath(new URL('http://h/v1/traces/v1/traces'), TRACES)).toContain('it has /v1/traces twice');
  });

  it('is mended by a value for that variable', () => {
    expect(valueFor(new URL('http://h/v1/traces'), BASE)).toBe(`${BASE}=http://h`);
    expect(valueFor(new URL('http://h/otlp/v1/traces'), BASE)).toBe(`${BASE}=http://h/otlp`);
    expect(valueFor(new URL('http://h/v1/traces'), TRACES)).toBe(`${TRACES}=http://h/v1/traces`);
  });
});
