/** From the webhook to the backend, over real sockets: what a collector gets of a recorded run. */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Pipeline, startPipeline } from '../src/commands/pipeline.ts';
import { readRecording } from '../src/commands/recording.ts';
import { assembleSpans } from '../src/commands/render.ts';
import { send } from '../src/commands/webhook-client.ts';
import { loadSettings } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import { type Backend, EVERYTHING_TAKEN, startGrpcBackend, startHttpBackend } from './delivery/backends.ts';
import { recordingPath } from './support/recordings.ts';

const TOKEN = 'a-token-of-some-length';
const NAME = '11_hierarchical';
const PATH = recordingPath('1.15.30', NAME);

let closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.reverse()) await close();
  closing = [];
});

async function start(backend: Backend, env: Record<string, string> = {}): Promise<Pipeline> {
  const settings = loadSettings({
    env: {
      CREWSPAN_PORT: '0',
      CREWSPAN_ADMIN_PORT: '0',
      CREWSPAN_TOKENS: TOKEN,
      CREWSPAN_SETTLE: '100ms',
      OTEL_EXPORTER_OTLP_ENDPOINT: backend.url.origin,
      ...env,
    },
  });
  const pipeline = await startPipeline({ settings, log: createLog({ level: 'silent' }) });
  closing.push(() => backend.close());
  return pipeline;
}

function events(): readonly string[] {
  return readFileSync(PATH, 'utf8').trim().split('\n');
}

function webhookOf(pipeline: Pipeline): URL {
  return new URL(`${pipeline.address.url}/webhook`);
}

interface Row {
  readonly id: string;
  readonly parent: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Spans as the backend read them, ids in hex whatever the protocol. */
function rowsOf(backend: Backend, protocol: string): readonly Row[] {
  const hex = (id: string | undefined): string =>
    protocol === 'http/json' ? (id ?? '') : Buffer.from(id ?? '', 'base64').toString('hex');
  const spans = backend.received
    .flatMap(({ resourceSpans }) => resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans);
  return spans
    .map(span => ({
      id: hex(span.spanId),
      parent: hex(span.parentSpanId),
      name: span.name,
      attributes: Object.fromEntries((span.attributes ?? []).map(({ key, value }) => [key, plain(value)])),
    }))
    .sort(byId);
}

function plain(value: unknown): unknown {
  const [kind, inner] = Object.entries(value ?? {})[0] ?? [];
  if (kind === 'intValue') return Number(inner);
  if (kind === 'arrayValue') return ((inner as { values?: unknown[] }).values ?? []).map(plain);
  return inner;
}

function expectedRows(): readonly Row[] {
  return assembleSpans(readRecording(PATH).events, loadSettings({ env: {} }))
    .map(span => ({
      id: span.spanContext().spanId,
      parent: span.parentSpanContext?.spanId ?? '',
      name: span.name,
      attributes: { ...span.attributes },
    }))
    .sort(byId);
}

function byId(a: Row, b: Row): number {
  return a.id < b.id ? -1 : 1;
}

describe.each(['http/protobuf', 'http/json', 'grpc'] as const)('over %s', protocol => {
  it.each(['none', 'gzip'])('a run sent event by event arrives as its tree (compression %s)', async compression => {
    const backend =
      protocol === 'grpc' ? await startGrpcBackend(() => EVERYTHING_TAKEN) : await startHttpBackend(() => ({}));
    const pipeline = await start(backend, {
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_COMPRESSION: compression,
    });
    closing.push(() => pipeline.stop(0));
    const sent = await send(events(), { url: webhookOf(pipeline), token: TOKEN, batch: 1 });
    expect(sent).toMatchObject({ accepted: 40, duplicates: 0, rejected: [] });
    const expected = expectedRows();
    await vi.waitFor(() => expect(backend.taken).toHaveLength(expected.length), { timeout: 10_000 });
    expect(rowsOf(backend, protocol)).toEqual(expected);
  });
});

describe('the running service', () => {
  it('knows a run that is sent again, while it is in flight and after it was delivered', async () => {
    const backend = await startHttpBackend(() => ({}));
    const pipeline = await start(backend);
    closing.push(() => pipeline.stop(0));
    const options = { url: webhookOf(pipeline), token: TOKEN, batch: 7 };
    await send(events(), options);
    expect(await send(events(), options)).toMatchObject({ accepted: 0, duplicates: 40 });
    await vi.waitFor(() => expect(backend.taken).toHaveLength(14), { timeout: 10_000 });
    expect(await send(events(), options)).toMatchObject({ accepted: 0, duplicates: 40 });
    await pipeline.flush(1_000);
    expect(backend.taken).toHaveLength(14);
    expect(pipeline.service.counters()).toMatchObject({ accepted: 40, repeated: 80, settled: 14 });
  });

  it('sends what has settled when it is told to stop', async () => {
    const backend = await startHttpBackend(() => ({}));
    const pipeline = await start(backend);
    await send(events(), { url: webhookOf(pipeline), token: TOKEN, batch: 100 });
    await vi.waitFor(() => expect(pipeline.service.open().operations).toBe(0), { timeout: 10_000 });
    expect(await pipeline.stop(10_000)).toBe(true);
    expect(backend.taken).toHaveLength(14);
  });

  it('goes on when the backend is down, and delivers all of it once it is back', async () => {
    let isUp = false;
    const backend = await startHttpBackend(() => (isUp ? {} : { status: 503, headers: { 'retry-after': '1' } }));
    const pipeline = await start(backend);
    closing.push(() => pipeline.stop(0));
    await send(events(), { url: webhookOf(pipeline), token: TOKEN, batch: 1 });
    await vi.waitFor(() => expect(backend.received.length).toBeGreaterThan(0), { timeout: 10_000 });
    isUp = true;
    await vi.waitFor(() => expect(backend.taken).toHaveLength(14), { timeout: 20_000 });
  });

  it('counts two contents under one id, and lets the first stand', async () => {
    const backend = await startHttpBackend(() => ({}));
    const pipeline = await start(backend);
    closing.push(() => pipeline.stop(0));
    const [first = ''] = events();
    const other = JSON.stringify({ ...(JSON.parse(first) as object), type: 'crew_kickoff_failed' });
    const options = { url: webhookOf(pipeline), token: TOKEN, batch: 1 };
    await send([first], options);
    const task = events()[1] ?? '';
    expect(await send([other, task], { ...options, batch: 2 })).toMatchObject({ accepted: 1, duplicates: 1 });
    expect(pipeline.service.counters().conflicting).toBe(1);
  });
});
