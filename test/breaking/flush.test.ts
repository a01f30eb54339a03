/** The answer to a webhook leaves after what it promises is on disk: seen from the kernel. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { madeRun } from './support/made-run.ts';
import { bodiesOf, sendAll } from './support/sender.ts';
import { install } from './support/service-process.ts';

const canTrace = tryTrace();
const CALLS = 'trace=openat,read,pwrite64,writev,pwritev,fdatasync,fsync,msync,write';

function tryTrace(): boolean {
  try {
    execFileSync('strace', ['-o', '/dev/null', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

it.skipIf(!canTrace)(
  `each answer comes after data, flush and root of its own${canTrace ? '' : ' (skipped: needs strace)'}`,
  async () => {
    const trace = join(temporaryDirectory(), 'trace');
    const { start, webhook } = await install({ OTEL_TRACES_EXPORTER: 'none', CREWSPAN_SETTLE: '1h' });
    const service = start({ under: ['strace', '-D', '-f', '-y', '-s', '64', '-o', trace, '-e', CALLS] });
    await service.ready();
    const bodies = bodiesOf([...madeRun({ run: 1, uses: 2 })]);
    await sendAll([bodies], { url: webhook });
    expect(await service.signal('SIGTERM')).toEqual({ code: 0, signal: null });

    await vi.waitFor(() => expect(readFileSync(trace, 'utf8')).toMatch(/exited with 0 \+\+\+\n$/), { timeout: 30_000 });
    const lines = completed(readFileSync(trace, 'utf8').split('\n'));
    const requests = indexesOf(lines, line => / read\(\d+<(?:TCP|socket):.*"POST \/webhook/.test(line));
    const answers = indexesOf(lines, line => / writev?\(\d+<(?:TCP|socket):.*"HTTP\/1\.1 200 OK/.test(line)).slice(
      -bodies.length,
    );
    expect(requests).toHaveLength(bodies.length);
    for (const [index, request] of requests.entries()) {
      const between = lines.slice(request, answers[index]);
      const isData = (line: string): boolean => /p?write\w*\(.*journal\.mdb>/.test(line);
      const data = between.findIndex(isData);
      const flush = between.findIndex(line => /fdatasync\(.*journal\.mdb>/.test(line));
      const root = between.findLastIndex(isData);
      expect(data).toBeGreaterThan(0);
      expect(flush).toBeGreaterThan(data);
      expect(root).toBeGreaterThan(flush);
      // The root goes through a descriptor whose writes reach the disk before they return.
      const descriptor = /pwrite\w*\((\d+)</.exec(between[root] ?? '')?.[1];
      const opened = lines.findLast(line => line.includes(`= ${descriptor}<`) && line.includes('journal.mdb"'));
      expect(opened).toMatch(/O_D?SYNC/);
    }
  },
);

function indexesOf(lines: readonly string[], test: (line: string) => boolean): number[] {
  return lines.flatMap((line, index) => (test(line) ? [index] : []));
}

/** Calls of several threads, each where it ended; those that answer, where they began. */
function completed(lines: readonly string[]): string[] {
  const begun = new Map<string, string>();
  return lines.flatMap(line => {
    const [thread = ''] = line.split(' ', 1);
    const [start, unfinished] = line.split(' <unfinished ...>');
    if (unfinished !== undefined && start !== undefined && !line.includes('HTTP/1.1 ')) {
      begun.set(thread, start);
      return [];
    }
    const [, end] = line.split(' resumed>');
    return end === undefined ? [line] : [`${begun.get(thread) ?? thread}${end}`];
  });
}
