/** What was accepted is delivered, whatever became of the process that accepted it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { type Pipeline, startPipeline } from '../src/commands/pipeline.ts';
import { send } from '../src/commands/webhook-client.ts';
import { loadSettings } from '../src/config.ts';
import type { Journal } from '../src/journal/journal.ts';
import { createMemoryJournal } from '../src/journal/memory.ts';
import { createLog } from '../src/log.ts';
import { startHttpBackend } from './delivery/backends.ts';
import { freePort } from './support/ports.ts';
import { recordingPath } from './support/recordings.ts';
import { type Serving, serve } from './support/serve.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const EVENTS = readFileSync(recordingPath('1.15.30', '01_simple'), 'utf8').trim().split('\n');
const SPANS = 7;

const serveIn = (directory: string, endpoint: string): Promise<Serving> =>
  serve({ CREWSPAN_DATA_DIR: directory, CREWSPAN_SETTLE: '300ms', OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });

describe('kill -9', () => {
  it.each([
    ['before anything has settled', 0],
    ['while the backend is down', 1_000],
  ])('%s: the next run delivers all of it, each span once', async (_, waitMs) => {
    const directory = temporaryDirectory();
    const nobody = 'http://127.0.0.1:9';
    const first = await serveIn(directory, nobody);
    expect(await send(EVENTS, { url: first.url, token: undefined, batch: 5 })).toMatchObject({
      accepted: EVENTS.length,
    });
    await new Promise(resolve => setTimeout(resolve, waitMs));
    await first.end('SIGKILL');
    const second = await serveIn(directory, nobody);
    await second.end('SIGKILL');

    const backend = await startHttpBackend(() => ({}));
    const third = await serveIn(directory, backend.url.origin);
    await vi.waitFor(() => expect(backend.taken).toHaveLength(SPANS), { timeout: 10_000 });
    const again = await send(EVENTS, { url: third.url, token: undefined, batch: 5 });
    expect(again).toMatchObject({ accepted: 0, duplicates: EVENTS.length });
    expect(await third.end('SIGTERM')).toBe(0);
    expect(backend.taken).toHaveLength(SPANS);
    await backend.close();
  });
});

describe('while the journal of an earlier run is read', () => {
  async function start(journal: Journal, port: number, endpoint: string): Promise<Pipeline> {
    const settings = loadSettings({
      env: {
        CREWSPAN_PORT: String(port),
        CREWSPAN_ADMIN_PORT: 'off',
        CREWSPAN_SETTLE: '50ms',
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      },
    });
    return startPipeline({ settings, log: createLog({ level: 'silent' }), journal });
  }

  it('events are accepted, readyz says no, and nothing settles before all is known', async () => {
    const memory = createMemoryJournal();
    for (const event of EVENTS.slice(0, 10)) {
      await memory.append({ source: 'default', receivedAt: 0, bytes: Buffer.from(`{"events":[${event}]}`) });
    }
    let release = (): void => {};
    const gate = new Promise<void>(resolve => {
      release = resolve;
    });
    const journal: Journal = {
      ...memory,
      async *replay() {
        for await (const body of memory.replay()) {
          yield body;
          await gate;
        }
      },
    };
    const backend = await startHttpBackend(() => ({}));
    const port = await freePort();
    const starting = start(journal, port, backend.url.origin);
    const url = new URL(`http://127.0.0.1:${port}/webhook`);
    await vi.waitFor(async () => expect((await fetch(new URL('/healthz', url))).status).toBe(200), { timeout: 10_000 });
    expect((await fetch(new URL('/readyz', url))).status).toBe(503);
    expect(await send(EVENTS.slice(10), { url, token: undefined, batch: 5 })).toMatchObject({
      accepted: EVENTS.length - 10,
    });
    await new Promise(resolve => setTimeout(resolve, 500));
    expect(memory.stats().undelivered).toBe(0);
    expect(backend.taken).toHaveLength(0);
    release();
    const pipeline = await starting;
    expect((await fetch(new URL('/readyz', url))).status).toBe(200);
    await vi.waitFor(() => expect(backend.taken).toHaveLength(SPANS), { timeout: 10_000 });
    expect(pipeline.service.counters()).toMatchObject({ accepted: EVENTS.length - 10, repeated: 0, settled: SPANS });
    await pipeline.stop(1_000);
    await backend.close();
  });
});
