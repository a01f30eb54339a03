/** The real process on a disk that fills up: it answers 503, goes on, and takes events again when there is room. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { freePort } from './support/ports.ts';
import { CLI, serve } from './support/serve.ts';
import { canMount, fillUp, noMount, smallDisk } from './support/small-disk.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const BODY_BYTES = 200_000;

async function post(url: URL, id: number): Promise<number> {
  const event = {
    id: `event-${id}`,
    execution_id: `execution-${id}`,
    timestamp: '2026-11-23T10:00:00Z',
    type: 'crew_kickoff_started',
    data: { filler: 'x'.repeat(BODY_BYTES) },
  };
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ events: [event] }) });
  await answer.text();
  return answer.status;
}

it.skipIf(!canMount)(
  `serve lives through a full disk: 503 while it is full, 200 again once somebody has made room${noMount}`,
  async () => {
    const disk = smallDisk('24m');
    const { url, log, end } = await serve({
      CREWSPAN_DATA_DIR: join(disk, 'store'),
      CREWSPAN_SETTLE: '1h',
      CREWSPAN_MAX_DISK: '32MiB',
      OTEL_TRACES_EXPORTER: 'none',
    });
    expect(await post(url, 0)).toBe(200);
    const filler = join(disk, 'filler');
    fillUp(filler);
    const during = new Set<number>();
    // More at once than one transaction, so that some wait behind one that is refused.
    for (let round = 0; round < 5; round += 1)
      for (const status of await Promise.all(
        Array.from({ length: 20 }, (_, index) => post(url, 1 + round * 20 + index)),
      ))
        during.add(status);
    expect(during.has(503)).toBe(true);
    expect([...during].every(status => status === 503 || status === 200)).toBe(true);
    rmSync(filler);
    expect(await post(url, 1_000)).toBe(200);
    expect(await end('SIGTERM')).toBe(0);
    expect(log()).not.toContain('uncaught');
  },
);

it.skipIf(!canMount)(
  `serve lives where its log is a file on a full disk, and writes the lines later${noMount}`,
  async () => {
    const disk = smallDisk('24m');
    const logFile = join(disk, 'log');
    const stderr = openSync(logFile, 'a');
    onTestFinished(() => closeSync(stderr));
    const filler = join(disk, 'filler');
    fillUp(filler);
    const port = await freePort();
    const directory = temporaryDirectory();
    const env = { CREWSPAN_PORT: `${port}`, CREWSPAN_ADMIN_PORT: 'off', CREWSPAN_DATA_DIR: directory };
    const child = spawn(process.execPath, [CLI, 'serve'], {
      env: { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none', ...env },
      stdio: ['ignore', 'ignore', stderr],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const url = new URL(`http://127.0.0.1:${port}/webhook`);
    await vi.waitFor(async () => expect(await post(url, 1)).toBe(200), { timeout: 20_000 });
    expect(readFileSync(logFile, 'utf8')).toBe('');
    rmSync(filler);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(readFileSync(logFile, 'utf8')).toMatch(/"receiving webhooks"(.|\n)*"stopped"/);
  },
);

it('serve starts with the largest quota there is', async () => {
  const directory = temporaryDirectory();
  const env = { CREWSPAN_DATA_DIR: directory, CREWSPAN_MAX_DISK: '1024TiB', OTEL_TRACES_EXPORTER: 'none' };
  const { url, end } = await serve(env);
  expect(await post(url, 1)).toBe(200);
  expect(await end('SIGTERM')).toBe(0);
});
