/**
 * Samplers choose by trace id, and a trace id is an execution id. So execution ids have to be as random, where samplers
 * look, as the ids that SDKs make up.
 */
import { hash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { send } from '../../src/commands/webhook-client.ts';
import { type Backend, startHttpBackend } from '../delivery/backends.ts';
import { freePorts } from '../support/ports.ts';
import { startCrewspan } from './support/crewspan.ts';
import { createBench, start, until } from './support/process.ts';

const CONFIG = fileURLToPath(new URL('conf/sampler.yaml', import.meta.url));
const EXECUTIONS = 5_000;
const SPANS_EACH = 2;
const EVENTS_A_REQUEST = 1_000;
const START = Date.UTC(2026, 10, 23, 12);

/** A UUID of version 4, or of 7 as it would have been made `index` times 10 ms after the start; the same in each run. */
function executionId(version: '4' | '7', index: number): string {
  const random = hash('sha256', `${version}/${index}`, 'hex');
  const time = (START + index * 10).toString(16).padStart(12, '0');
  const first = version === '7' ? time : random.slice(0, 12);
  return [
    first.slice(0, 8),
    first.slice(8, 12),
    version + random.slice(12, 15),
    `b${random.slice(15, 18)}`,
    random.slice(18, 30),
  ].join('-');
}

/** A crew with one task. */
function eventsOf(execution: string): readonly string[] {
  const event = (type: string, seconds: number, data: object): string =>
    JSON.stringify({
      id: `${execution}/${type}`,
      execution_id: execution,
      timestamp: new Date(START + seconds * 1000).toISOString(),
      type,
      data: { event_id: `${execution}/${type}`, ...data },
    });
  const crew = `${execution}/crew_kickoff_started`;
  const task = `${execution}/task_started`;
  return [
    event('crew_kickoff_started', 0, { crew_name: 'sampled' }),
    event('task_started', 1, { task_name: 'one', parent_event_id: crew }),
    event('task_completed', 2, { task_name: 'one', parent_event_id: crew, started_event_id: task }),
    event('crew_kickoff_completed', 3, { crew_name: 'sampled', started_event_id: crew }),
  ];
}

const idsOf = (version: '4' | '7'): readonly string[] =>
  Array.from({ length: EXECUTIONS }, (_, index) => executionId(version, index));

const bench = createBench();
const kept = { proportional: new Map<string, number>(), hash_seed: new Map<string, number>() };

beforeAll(async () => {
  const sinks = await startSinks();
  const [port = 0] = await freePorts(1);
  const collector = await start({
    name: 'sampler',
    command: inject('programs').collector,
    args: ['--config', CONFIG],
    env: {
      OTLP_HTTP_PORT: String(port),
      SINK_ALL: sinks.all.url.origin,
      SINK_PROPORTIONAL: sinks.proportional.url.origin,
      SINK_HASH_SEED: sinks.hash_seed.url.origin,
    },
    folder: bench.folder,
    ready: async () => (await fetch(`http://127.0.0.1:${port}/v1/traces`)).status === 405,
  });
  bench.onClear(() => collector.stop('SIGKILL'));
  const crewspan = await startCrewspan(bench, { env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` } });
  const events = [...idsOf('4'), ...idsOf('7')].flatMap(eventsOf);
  await send(events, { url: crewspan.webhook, token: undefined, batch: EVENTS_A_REQUEST });
  await until('all spans have come', () => sinks.all.taken.length === 2 * EXECUTIONS * SPANS_EACH, 60_000);
  // It sends what it still holds before it ends.
  await collector.stop();
  for (const [mode, counts] of Object.entries(kept)) count(sinks[mode as keyof typeof kept], counts);
}, 120_000);

afterAll(() => bench.clear());

async function startSinks(): Promise<Record<'all' | keyof typeof kept, Backend>> {
  const sinks = {
    all: await startHttpBackend(() => ({})),
    proportional: await startHttpBackend(() => ({})),
    hash_seed: await startHttpBackend(() => ({})),
  };
  for (const sink of Object.values(sinks)) bench.onClear(() => sink.close());
  return sinks;
}

/** Spans by trace id. */
function count({ received }: Backend, counts: Map<string, number>): void {
  const spans = received
    .flatMap(({ resourceSpans }) => resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(scope => scope.spans);
  for (const { traceId } of spans) {
    const hex = Buffer.from(traceId, 'base64').toString('hex');
    counts.set(hex, (counts.get(hex) ?? 0) + 1);
  }
}

describe.each(['proportional', 'hash_seed'] as const)('a sampler that keeps a tenth (%s)', mode => {
  it.each(['4', '7'] as const)('keeps 10 %% ± 1.5 of the executions that are UUIDs of version %s', version => {
    const traceIds = idsOf(version).map(id => id.replaceAll('-', ''));
    const share = traceIds.filter(id => kept[mode].has(id)).length / EXECUTIONS;
    expect(share).toBeGreaterThan(0.085);
    expect(share).toBeLessThan(0.115);
  });

  it('keeps whole traces', () => {
    expect(new Set(kept[mode].values())).toEqual(new Set([SPANS_EACH]));
  });
});
