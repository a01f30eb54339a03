/** crewspan's metrics, as they are read from the admin listener of a running service. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import { COUNTERS, GAUGES, HISTOGRAMS, type MetricDefinition } from '../../src/telemetry/catalogue.ts';
import { startHttpBackend } from '../delivery/backends.ts';
import { eventsOf, type Started, start, TOKEN } from './pipeline.ts';
import { scrape } from './scrape.ts';

async function withBackend(
  answer: Parameters<typeof startHttpBackend>[0],
  env: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const backend = await startHttpBackend(answer);
  onTestFinished(() => backend.close());
  return start({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: backend.url.origin, ...env } });
}

const untilSettled = (pipeline: Started): Promise<unknown> =>
  vi.waitFor(() => expect(pipeline.service.open().operations).toBe(0), { timeout: 10_000 });

describe('/metrics', () => {
  it('counts a run from its requests to its delivered spans', async () => {
    const pipeline = await withBackend(() => ({}));
    const events = eventsOf('11_hierarchical');
    await pipeline.post(events);
    await pipeline.post(events.slice(0, 5), 5);
    await untilSettled(pipeline);
    await pipeline.flush(5_000);
    const metrics = await scrape(pipeline.adminAddress);
    const bytes = events.reduce((sum, event) => sum + Buffer.byteLength(event), 0);
    expect(metrics.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(metrics.value('crewspan_events_accepted_total', { source: 'team' })).toBe(40);
    expect(metrics.value('crewspan_events_repeated_total', { source: 'team' })).toBe(5);
    expect(metrics.value('crewspan_events_rejected_total')).toBe(0);
    expect(metrics.value('crewspan_webhook_requests_total', { status: '200' })).toBe(41);
    expect(metrics.value('crewspan_webhook_bytes_total', { source: 'team' })).toBeGreaterThan(bytes);
    expect(metrics.value('crewspan_spans_settled_total')).toBe(14);
    expect(metrics.value('crewspan_spans_settled_total', { family: 'llm', status: 'unset' })).toBe(6);
    expect(metrics.value('crewspan_spans_delivered_total')).toBe(14);
    expect(metrics.value('crewspan_executions_open')).toBe(0);
    expect(metrics.value('crewspan_outbox_spans')).toBe(0);
    expect(metrics.value('crewspan_delivery_lag_seconds')).toBe(0);
    expect(metrics.value('crewspan_ready')).toBe(1);
    expect(metrics.value('crewspan_journal_flush_seconds_count')).toBeGreaterThanOrEqual(41);
    expect(metrics.value('crewspan_events_missing_total')).toBe(0);
  });

  it('is registered as it is catalogued: names, types, texts', async () => {
    const pipeline = await withBackend(() => ({}));
    await pipeline.post(eventsOf('11_hierarchical'), 100);
    await untilSettled(pipeline);
    const { types, helps } = await scrape(pipeline.adminAddress);
    const catalogued = (definitions: Readonly<Record<string, MetricDefinition>>, type: string) =>
      Object.values(definitions).map(({ name, help }): [string, string, string] => [name, type, help]);
    const all = [
      ...catalogued(COUNTERS, 'counter'),
      ...catalogued(GAUGES, 'gauge'),
      ...catalogued(HISTOGRAMS, 'histogram'),
    ];
    const registered = [...types].map(([name, type]): [string, string, string] => [name, type, helps.get(name) ?? '']);
    // Those that have no series before something goes wrong.
    const silent = ['crewspan_spans_retried_total', 'crewspan_spans_dead_lettered_total'];
    expect(registered.sort()).toEqual(all.filter(([name]) => !silent.includes(name)).sort());
  });

  it('counts what is refused, by reason and by status', async () => {
    const journal = createMemoryJournal({ maxBytes: 10_000 });
    const pipeline = await start({ journal });
    const [first = ''] = eventsOf('11_hierarchical');
    await pipeline.post([first]);
    const post = (body: string, token = TOKEN) =>
      fetch(pipeline.webhook, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body,
      });
    await post('{', TOKEN);
    await post('[]', 'not-the-token');
    await post(JSON.stringify({ events: [JSON.parse(first), {}, { id: 'x' }] }));
    await post(JSON.stringify([{ ...JSON.parse(first), type: 'crew_kickoff_failed' }]));
    await post(JSON.stringify([{ ...JSON.parse(first), id: 'other', data: { text: 'x'.repeat(20_000) } }]));
    const metrics = await scrape(pipeline.adminAddress);
    const rejected = (reason: string) => metrics.value('crewspan_events_rejected_total', { source: 'team', reason });
    expect([rejected('invalid'), rejected('conflicting'), rejected('unavailable')]).toEqual([2, 1, 1]);
    const requests = (status: string) => metrics.value('crewspan_webhook_requests_total', { status });
    expect(['200', '400', '401', '503'].map(requests)).toEqual([3, 1, 1, 1]);
  });

  it('tells what is open, and since when', async () => {
    const pipeline = await start();
    const before = Date.now();
    await pipeline.post(eventsOf('11_hierarchical').slice(0, 3));
    const metrics = await scrape(pipeline.adminAddress);
    expect(metrics.value('crewspan_executions_open')).toBe(1);
    expect(metrics.value('crewspan_operations_open')).toBeGreaterThan(0);
    const age = metrics.value('crewspan_oldest_open_execution_seconds');
    expect(age).toBeGreaterThan(0);
    expect(age).toBeLessThanOrEqual((Date.now() - before) / 1000);
    expect(metrics.value('crewspan_journal_used_bytes')).toBeGreaterThan(0);
    expect(metrics.value('crewspan_journal_limit_bytes')).toBe(2 * 2 ** 30);
    for (const quantile of ['0.5', '0.99', '1'])
      expect(metrics.value('crewspan_event_loop_lag_seconds', { quantile })).toBeGreaterThanOrEqual(0);
  });

  it('counts tokens once, by model, provider, crew and role, and no repeat of them', async () => {
    const pipeline = await start();
    const events = eventsOf('11_hierarchical');
    await pipeline.post(events);
    await untilSettled(pipeline);
    await pipeline.post(events);
    const metrics = await scrape(pipeline.adminAddress);
    const tokens = (labels: Readonly<Record<string, string>>) => metrics.value('crewspan_tokens_total', labels);
    expect([tokens({ token_type: 'input' }), tokens({ token_type: 'output' })]).toEqual([780, 144]);
    const writer = { model: 'gpt-4o-mini', provider: 'openai', crew: 'hier_crew', agent_role: 'Writer' };
    expect(tokens({ token_type: 'input', ...writer })).toBe(96);
    expect(tokens({ token_type: 'output', ...writer })).toBe(14);
  });

  it('counts what the backend puts off, refuses, and never takes', async () => {
    let requests = 0;
    const pipeline = await withBackend(() => {
      requests += 1;
      return requests === 1 ? { status: 503 } : {};
    });
    await pipeline.post(eventsOf('11_hierarchical'), 100);
    await untilSettled(pipeline);
    await pipeline.flush(10_000);
    const metrics = await scrape(pipeline.adminAddress);
    expect(metrics.value('crewspan_spans_retried_total', { cause: 'HTTP_503' })).toBeGreaterThan(0);
    expect(metrics.value('crewspan_spans_delivered_total')).toBe(14);
  });

  it('answers no other method, and is not there for senders', async () => {
    const pipeline = await start();
    const admin = `${pipeline.adminAddress?.url}/metrics`;
    expect((await fetch(admin, { method: 'POST' })).status).toBe(405);
    expect((await fetch(admin, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(new URL('/metrics', pipeline.webhook))).status).toBe(404);
  });
});

describe('events that never came', () => {
  async function missing(events: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> {
    const pipeline = await start({ env: { CREWSPAN_IDLE: '300ms', ...env } });
    await pipeline.post(events, 500);
    await vi.waitFor(() => expect(pipeline.service.open()).toEqual({ executions: 0, operations: 0 }), {
      timeout: 10_000,
    });
    return (await scrape(pipeline.adminAddress)).value('crewspan_events_missing_total');
  }

  it.each(['12a_flow', '12g_flow_user_threadpool', '10_async_tasks', '24_failed_then_good_same_process'])(
    'are none in a whole recording: %s',
    async name => {
      expect(await missing(eventsOf(name))).toBe(0);
    },
  );

  it('are counted by the gaps in their numbers', async () => {
    const events = eventsOf('11_hierarchical');
    expect(await missing(events.filter((_, index) => index % 10 !== 5))).toBe(4);
  });

  it('are not counted where not every type is subscribed to', async () => {
    const events = eventsOf('11_hierarchical').filter(text => !text.includes('"type":"llm_call_'));
    const types = new Set(events.map(text => (JSON.parse(text) as { type: string }).type));
    expect(await missing(events, { CREWSPAN_EVENTS: [...types].join(',') })).toBe(0);
  });
});
