/** `otel-collector.yaml`, merged into the configuration of a Collector that runs already. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { EVERYTHING_TAKEN, startGrpcBackend } from '../delivery/backends.ts';
import { makeSpan } from '../delivery/spans.ts';
import { freePorts } from '../support/ports.ts';
import { SHIPPED } from './support/collector.ts';
import { startCrewspan } from './support/crewspan.ts';
import { type Bench, createBench, start, until } from './support/process.ts';
import { play, readRun, wanted } from './support/runs.ts';

const run = promisify(execFile);
const EXISTING = fileURLToPath(new URL('conf/existing.yaml', import.meta.url));
let bench: Bench;

beforeEach(() => {
  bench = createBench();
});

afterEach(() => bench.clear());

it('is valid as it is, without any variable set', async () => {
  const { stderr } = await run(inject('programs').collector, ['validate', '--config', SHIPPED]);
  expect(stderr).toBe('');
});

it('adds metrics of crewspan alone; every span takes the way that was there before, once', async () => {
  const backend = await startGrpcBackend(() => EVERYTHING_TAKEN);
  bench.onClear(() => backend.close());
  const [grpc = 0, http = 0, metrics = 0, unused = 0] = await freePorts(4);
  const collector = await start({
    name: 'merged',
    command: inject('programs').collector,
    args: ['--config', SHIPPED, '--config', EXISTING],
    env: {
      MINE_DIRECTORY: join(bench.folder, 'mine'),
      MINE_GRPC_PORT: String(grpc),
      MINE_HTTP_PORT: String(http),
      MINE_BACKEND: backend.url.host,
      QUEUE_DIRECTORY: join(bench.folder, 'queue'),
      OTLP_HTTP_LISTEN: `127.0.0.1:${unused}`,
      PROMETHEUS_LISTEN: `127.0.0.1:${metrics}`,
      // An exemplar is there for one interval.
      METRICS_FLUSH_INTERVAL: '2s',
    },
    folder: bench.folder,
    ready: async () => (await fetch(`http://127.0.0.1:${http}/v1/traces`)).status === 405,
  });
  bench.onClear(() => collector.stop());

  const crewspan = await startCrewspan(bench, { env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${http}` } });
  const crew = readRun(['11_hierarchical']);
  await play(crew, crewspan);
  const other = makeSpan({ name: 'of another service', instrumentationScope: { name: 'shop' } });
  const sent = await fetch(`http://127.0.0.1:${http}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JsonTraceSerializer.serializeRequest([other]) ?? null,
  });
  expect(sent.status).toBe(200);

  const names = [other.name, ...wanted(crew).map(({ name }) => name)].sort();
  await until('all spans have come', () => backend.taken.length >= names.length);
  const text = await until('crewspan is counted', async () => {
    const exposed = await openMetrics(`http://127.0.0.1:${metrics}/metrics`);
    return exposed.includes('invoke_workflow hier_crew') && exposed;
  });
  expect(text).not.toContain(other.name);
  const [traceId] = crew.traces.keys();
  expect(text).toContain(`trace_id="${traceId}"`);
  // It sends what it still holds before it ends.
  await collector.stop();
  expect([...backend.taken].sort()).toEqual(names);
});

/** The form in which Prometheus asks for exemplars. */
async function openMetrics(url: string): Promise<string> {
  const response = await fetch(url, { headers: { accept: 'application/openmetrics-text; version=1.0.0' } });
  return response.text();
}
