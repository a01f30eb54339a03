/** What an operator reads at `/readyz`, of a running service with a real backend and a real quota. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import { startHttpBackend } from '../delivery/backends.ts';
import { eventsOf, start, TOKEN } from './pipeline.ts';
import { scrape } from './scrape.ts';

interface Answered {
  readonly status: number;
  readonly body: unknown;
}

async function readyz(url: string | undefined): Promise<Answered> {
  const response = await fetch(`${url}/readyz`);
  return { status: response.status, body: await response.json() };
}

describe('/readyz', () => {
  it('says no while the journal is over its quota, with the reason for operators only', async () => {
    const pipeline = await start({ journal: createMemoryJournal({ maxBytes: 3_000 }) });
    const big = JSON.stringify({ ...JSON.parse(eventsOf('01_simple')[0] ?? ''), data: { text: 'x'.repeat(5_000) } });
    const response = await fetch(pipeline.webhook, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
      body: big,
    });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await readyz(pipeline.adminAddress?.url)).toEqual({
      status: 503,
      body: { ready: false, reasons: [expect.stringContaining('CREWSPAN_MAX_DISK')] },
    });
    expect(await readyz(pipeline.address.url)).toEqual({ status: 503, body: { ready: false } });
    expect((await scrape(pipeline.adminAddress)).value('crewspan_ready')).toBe(0);
    await pipeline.post(eventsOf('01_simple').slice(0, 1));
    expect(await readyz(pipeline.adminAddress?.url)).toEqual({ status: 200, body: { ready: true, reasons: [] } });
  });

  it('says why nothing gets through to the backend, and since when, without being unready', async () => {
    let isUp = false;
    const backend = await startHttpBackend(() => (isUp ? {} : { status: 401 }));
    onTestFinished(() => backend.close());
    const pipeline = await start({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: backend.url.origin } });
    const before = Date.now();
    await pipeline.post(eventsOf('11_hierarchical'), 100);
    await vi.waitFor(() => expect(backend.received.length).toBeGreaterThan(2), { timeout: 10_000 });
    const { status, body } = await readyz(pipeline.adminAddress?.url);
    expect(status).toBe(200);
    expect(body).toEqual({
      ready: true,
      reasons: [],
      delivery: {
        cause: 'HTTP_401',
        message: expect.stringContaining('OTEL_EXPORTER_OTLP_HEADERS'),
        since: expect.any(String),
      },
    });
    const { delivery } = body as { readonly delivery: { readonly since: string } };
    expect(Date.parse(delivery.since)).toBeGreaterThanOrEqual(before - 1);
    expect(Date.parse(delivery.since)).toBeLessThan(Date.now());
    expect(await readyz(pipeline.address.url)).toEqual({ status: 200, body: { ready: true } });
    const later = (await readyz(pipeline.adminAddress?.url)).body as { readonly delivery: { readonly since: string } };
    expect(later.delivery.since).toBe(delivery.since);
    isUp = true;
    await vi.waitFor(() => expect(backend.taken).toHaveLength(14), { timeout: 20_000 });
    await pipeline.flush(5_000);
    expect(await readyz(pipeline.adminAddress?.url)).toEqual({ status: 200, body: { ready: true, reasons: [] } });
  });
});
