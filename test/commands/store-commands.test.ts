/** `purge` and `dead-letter` as an operator types them: on a store that nobody holds, and on one that `serve` holds. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createSpanEncoder } from '../../src/delivery/encode.ts';
import { openLmdbJournal } from '../../src/journal/lmdb/open.ts';
import { createLog } from '../../src/log.ts';
import { startHttpBackend } from '../delivery/backends.ts';
import { makeSpan } from '../delivery/spans.ts';
import { CLI, serve } from '../support/serve.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const DAY_MS = 86_400_000;

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function crewspan(directory: string, ...args: string[]): Promise<Outcome> {
  const env = { PATH: process.env['PATH'], CREWSPAN_DATA_DIR: directory };
  return new Promise(resolve => {
    const child = execFile(process.execPath, [CLI, ...args], { env }, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

async function serveIn(directory: string, endpoint = 'http://127.0.0.1:9'): Promise<URL> {
  const { url } = await serve({
    CREWSPAN_DATA_DIR: directory,
    CREWSPAN_SETTLE: '1h',
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  });
  return url;
}

const event = (executionId: string, id: string) => ({
  id,
  execution_id: executionId,
  timestamp: '2026-11-23T10:00:00Z',
  type: 'crew_kickoff_started',
  data: { prompt: `secret-of-${executionId}` },
});

/**
 * Dead letters `refused-1` of run-1, now, and `refused-2` of run-2, eight days old; `waiting` in the outbox; a body of
 * both.
 */
async function fill(directory: string): Promise<void> {
  const journal = await openLmdbJournal({ directory, log: createLog({ level: 'silent' }) });
  const [first, second, third] = createSpanEncoder().encode(
    ['refused-1', 'refused-2', 'waiting'].map((name, id) => makeSpan({ id: id + 1, name })),
  );
  if (first === undefined || second === undefined || third === undefined) throw new Error('three spans were expected');
  const of = (executionId: string) => ({ source: 'default', executionId });
  await journal.settle({
    spans: [
      { ...first, execution: of('run-1') },
      { ...second, execution: of('run-2') },
      { ...third, execution: of('run-1') },
    ],
    open: [],
    skeletons: [
      { execution: of('run-1'), eventId: 'e' },
      { execution: of('run-2'), eventId: 'e' },
    ],
    released: [],
    now: Date.now() - 8 * DAY_MS,
  });
  await journal.bury([1], 'HTTP_400: no', Date.now());
  await journal.bury([2], 'HTTP_400: no', Date.now() - 8 * DAY_MS);
  const events = [event('run-1', 'a'), event('run-2', 'b'), event('run-1', 'c')];
  await journal.append({
    source: 'default',
    receivedAt: Date.now(),
    bytes: Buffer.from(JSON.stringify({ events })),
  });
  await journal.close();
}

const bytesOf = (directory: string): string =>
  readdirSync(directory)
    .filter(name => statSync(join(directory, name)).isFile())
    .map(name => readFileSync(join(directory, name), 'latin1'))
    .join('');

async function bodies(directory: string): Promise<string[]> {
  const journal = await openLmdbJournal({ directory, log: createLog({ level: 'silent' }) });
  const found: string[] = [];
  for await (const { bytes } of journal.replay()) found.push(Buffer.from(bytes).toString());
  await journal.close();
  return found;
}

const places = [
  ['that nobody holds', false],
  ['that serve holds', true],
] as const;

describe.each(places)('on a store %s', (_, isServing) => {
  async function start(endpoint?: string): Promise<string> {
    const directory = temporaryDirectory();
    await fill(directory);
    if (isServing) await serveIn(directory, endpoint);
    return directory;
  }

  it('dead-letter list shows them as a table, and as OTLP/JSON', async () => {
    const directory = await start();
    const { code, out } = await crewspan(directory, 'dead-letter', 'list');
    const rows = out
      .trim()
      .split('\n')
      .map(row => row.split(/ {2,}/));
    expect([code, rows[0]]).toEqual([0, ['KEY', 'REFUSED', 'SOURCE', 'EXECUTION', 'SPAN', 'REASON']]);
    expect(rows.slice(1).map(([key, , ...rest]) => [key, ...rest])).toEqual([
      ['1', 'default', 'run-1', 'refused-1', 'HTTP_400: no'],
      ['2', 'default', 'run-2', 'refused-2', 'HTTP_400: no'],
    ]);
    const json = await crewspan(directory, 'dead-letter', 'list', '--json');
    const lines = json.out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(lines).toMatchObject([
      {
        resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'refused-1' }] }] }],
        crewspan: { key: 1, reason: 'HTTP_400: no' },
      },
      {
        resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'refused-2' }] }] }],
        crewspan: { key: 2, executionId: 'run-2' },
      },
    ]);
  });

  it('dead-letter drop removes what is named, and says what is not there', async () => {
    const directory = await start();
    const one = await crewspan(directory, 'dead-letter', 'drop', '2', '17');
    expect(one).toMatchObject({ code: 1, out: '1 dead letter removed.\nThere is no dead letter 17.\n' });
    expect(await crewspan(directory, 'dead-letter', 'drop', '--all')).toMatchObject({
      code: 0,
      out: '1 dead letter removed.\n',
    });
    expect(await crewspan(directory, 'dead-letter', 'list')).toMatchObject({ out: 'There are no dead letters.\n' });
  });

  it('dead-letter retry delivers them, now or at the next start', async () => {
    const backend = await startHttpBackend(() => ({}));
    onTestFinished(() => backend.close());
    const directory = await start(backend.url.origin);
    expect(await crewspan(directory, 'dead-letter', 'retry', '--all')).toMatchObject({
      code: 0,
      out: '2 dead letters put into the outbox again.\n',
    });
    if (!isServing) await serveIn(directory, backend.url.origin);
    await vi.waitFor(() => expect(backend.taken).toHaveLength(3), { timeout: 10_000 });
  });

  it('purge --older-than removes dead letters and what is remembered, and nothing that is undelivered', async () => {
    const directory = await start();
    const dry = await crewspan(directory, 'purge', '--older-than', '7d', '--dry-run');
    expect(dry.out).toMatch(/^Would remove 0 events, 0 undelivered spans, 1 dead letter, what is remembered/);
    const { code, out } = await crewspan(directory, 'purge', '--older-than', '7d');
    expect([code, out.split('\n')[0]]).toEqual([
      0,
      'Removed 0 events, 0 undelivered spans, 1 dead letter, 2 records of finished operations.',
    ]);
    expect((await crewspan(directory, 'dead-letter', 'list')).out).not.toContain('refused-2');
    const all = await crewspan(directory, 'purge', '--older-than', '7d', '--undelivered');
    expect(all.out).toContain('Removed 0 events, 1 undelivered span, 0 dead letters');
  });
});

describe('purge --execution', () => {
  it('removes all of an execution and leaves the others theirs; not a byte of it stays in the files', async () => {
    const directory = temporaryDirectory();
    await fill(directory);
    const found = 'remove 2 events, 1 undelivered span, 1 dead letter, 1 record of finished operations.\n';
    const args = ['purge', '--execution', 'run-1'];
    expect(await crewspan(directory, ...args, '--dry-run')).toMatchObject({ code: 0, out: `Would ${found}` });
    expect(await crewspan(directory, ...args, '--source', 'other')).toMatchObject({
      out: 'Removed 0 events, 0 undelivered spans, 0 dead letters, 0 records of finished operations.\n',
    });
    expect(bytesOf(directory)).toContain('secret-of-run-1');
    expect(await crewspan(directory, ...args)).toMatchObject({ code: 0, out: found.replace('remove', 'Removed') });
    const [body = '', ...more] = await bodies(directory);
    expect([JSON.parse(body), more]).toEqual([{ events: [null, event('run-2', 'b'), null] }, []]);
    const bytes = bytesOf(directory);
    for (const gone of ['run-1', 'refused-1', 'waiting']) expect([gone, bytes.includes(gone)]).toEqual([gone, false]);
    for (const kept of ['secret-of-run-2', 'refused-2']) expect([kept, bytes.includes(kept)]).toEqual([kept, true]);
    await crewspan(directory, 'purge', '--execution', 'run-2');
    expect(await bodies(directory)).toEqual([]);
    expect(bytesOf(directory)).not.toContain('run-2');
  });

  it('is refused by serve while the execution is at work; what has no part in it goes, for good at the next start', async () => {
    const directory = temporaryDirectory();
    await fill(directory);
    await serveIn(directory);
    const refused = await crewspan(directory, 'purge', '--execution', 'run-1');
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('run-1 of the source default is still at work');
    expect(refused.err).toContain('CREWSPAN_EXECUTION_OPEN');
    expect(readdirSync(directory)).toContain('control');
    expect(statSync(join(directory, 'control')).mode & 0o777).toBe(0o600);
    const all = await crewspan(directory, 'purge', '--older-than', '0s', '--undelivered');
    expect(all.out).toContain('1 request of that age stay');
    expect(all.out).toContain('until it is restarted');
  });

  it('needs a store, and the right words', async () => {
    const directory = temporaryDirectory();
    const outcome = await crewspan(directory, 'purge', '--execution', 'run-1');
    expect(outcome.code).toBe(1);
    expect(outcome.err).toContain('CREWSPAN_STORE_MISSING');
    expect(readdirSync(directory)).toEqual([]);
    expect((await crewspan(directory, 'purge')).code).toBe(2);
    expect((await crewspan(directory, 'dead-letter', 'burn')).code).toBe(2);
  });

  it('says so where another process holds the store and does not answer', async () => {
    const directory = temporaryDirectory();
    await fill(directory);
    const holding = await openLmdbJournal({ directory, log: createLog({ level: 'silent' }) });
    const outcome = await crewspan(directory, 'purge', '--execution', 'run-1');
    expect(outcome.code).toBe(1);
    expect(outcome.err).toContain('CREWSPAN_CONTROL');
    await holding.close();
  });
});
