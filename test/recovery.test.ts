/** What was accepted is delivered, whatever became of the process that accepted it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Pipeline, startPipeline } from '../src/commands/pipeline.ts';
import { send } from '../src/commands/send.ts';
import { loadSettings } from '../src/config.ts';
import type { Journal } from '../src/journal/journal.ts';
import { createMemoryJournal } from '../src/journal/memory.ts';
import { createLog } from '../src/telemetry/log.ts';
import { startHttpBackend } from './delivery/backends.ts';
import { recordingPath } from './support/recordings.ts';

/** `npm test` builds it first. */
const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const EVENTS = readFileSync(recordingPath('1.15.30', '01_simple'), 'utf8').trim().split('\n');
const SPANS = 7;

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'crewspan-recovery-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

interface Serving {
  readonly child: ChildProcess;
  readonly url: URL;
}

async function serve(cwd: string, endpoint: string): Promise<Serving> {
  const env = {
    PATH: process.env['PATH'],
    CREWSPAN_PORT: '0',
    CREWSPAN_ADMIN_PORT: 'off',
    CREWSPAN_SETTLE: '300ms',
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  };
  const child = spawn(process.execPath, [CLI], { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let log = '';
  child.stderr?.on('data', chunk => {
    log += String(chunk);
  });
  const url = await vi.waitFor(
    () => {
      const found = /"url":"([^"]+\/webhook)"/.exec(log)?.[1];
      if (found === undefined) throw new Error(`no address in the log: ${log}`);
      return new URL(found);
    },
    { timeout: 10_000 },
  );
  return { child, url };
}

async function kill({ child }: Serving): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('kill -9', () => {
  it.each([
    ['before anything has settled', 0],
    ['while the backend is down', 1_000],
  ])('%s: the next run delivers all of it, each span once', async (_, waitMs) => {
    const directory = temporaryDirectory();
    const nobody = 'http://127.0.0.1:9';
    const first = await serve(directory, nobody);
    expect(await send(EVENTS, { url: first.url, token: undefined, batch: 5 })).toMatchObject({
      accepted: EVENTS.length,
    });
    await new Promise(resolve => setTimeout(resolve, waitMs));
    await kill(first);
    const second = await serve(directory, nobody);
    await kill(second);

    const backend = await startHttpBackend(() => ({}));
    const third = await serve(directory, backend.url.origin);
    await vi.waitFor(() => expect(backend.taken).toHaveLength(SPANS), { timeout: 10_000 });
    const again = await send(EVENTS, { url: third.url, token: undefined, batch: 5 });
    expect(again).toMatchObject({ accepted: 0, duplicates: EVENTS.length });
    third.child.kill('SIGTERM');
    expect((await once(third.child, 'exit'))[0]).toBe(0);
    expect(backend.taken).toHaveLength(SPANS);
    await backend.close();
  });
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

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
    await vi.waitFor(async () => expect((await fetch(new URL('/healthz', url))).status).toBe(200));
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
    await pipeline.stop(1_000);
    await backend.close();
  });
});
