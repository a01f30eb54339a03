/** What the page on Jaeger shows, done as it says. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { startJaeger } from './support/jaeger.ts';
import { createBench } from './support/process.ts';
import { CLI } from './support/programs.ts';

const run = promisify(execFile);
const PAGE = readFileSync(new URL('../../docs/backends/jaeger.md', import.meta.url), 'utf8');
const bench = createBench();

afterAll(() => bench.clear());

it('the demo, as Jaeger gives it back, is the run that the page shows', async () => {
  const [, command = '', shown] =
    /```sh\n(curl [^`]+\/api\/v3\/traces\/[^`]+)```\n\n```text\n([^`]+)```/.exec(PAGE) ?? [];
  const jaeger = await startJaeger(bench);
  const env = { PATH: process.env['PATH'], OTEL_EXPORTER_OTLP_ENDPOINT: jaeger.http };
  const demo = await run(process.execPath, [CLI, 'demo'], { env });
  const traceId = /^trace (\w{32})$/m.exec(demo.stdout)?.[1] ?? '';
  const { stdout } = await run('bash', [
    '-c',
    command.replace('http://localhost:16686', jaeger.api).replace(/traces\/\w+/, `traces/${traceId}`),
  ]);
  expect(stdout).toBe(shown);
});
