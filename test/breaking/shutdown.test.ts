/** Told to stop under load: what is under way is finished, what has settled is sent, the rest waits for the next start. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { openLmdbJournal } from '../../src/journal/lmdb/open.ts';
import { createLog } from '../../src/log.ts';
import type { HttpAnswer } from '../delivery/backends.ts';
import { madeRun, spansOf } from './support/made-run.ts';
import { bodiesOf, createReport, sendAll } from './support/sender.ts';
import { type Installation, install, type ServiceProcess } from './support/service-process.ts';
import { contradictions, type SpanLedger } from './support/span-ledger.ts';
import { startWatchedBackend } from './support/watched-backend.ts';

const RUNS = 6;
const USES = 60;
/** Enough for the next start to take a moment. */
const REPLAYED_RUNS = 10;
const REPLAYED_USES = 500;
/** So many that to forget them takes longer than the stop may. */
const FORGETTABLE = 300_000;
const FORGETTABLE_AT_ONCE = 50_000;
const PATIENCE = { timeout: 30_000, interval: 20 };
/** 0 comes only of a stop that was in time: one that hangs is ended with 1. */
const DONE = { code: 0, signal: null };
const FAILED = { code: 1, signal: null };

interface Setting extends Installation {
  readonly ledger: SpanLedger;
}

async function setUp(
  env: Record<string, string> = {},
  answer: () => HttpAnswer | 'hang' = () => ({}),
): Promise<Setting> {
  const { ledger, endpoint } = await startWatchedBackend(answer);
  const installation = await install({
    CREWSPAN_SETTLE: '300ms',
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    ...env,
  });
  return { ...installation, ledger };
}

/** Event by event, and in batches. */
const [single, batched] = [1, 10].map(batch =>
  Array.from({ length: RUNS }, (_, run) => bodiesOf([...madeRun({ run, uses: USES })], batch)),
) as [string[][], string[][]];

describe.each(['SIGTERM', 'SIGINT'] as const)('%s under load', signal => {
  it('ends with 0 in time; what was acknowledged is delivered before, or by the next process', async () => {
    const { start, webhook, ledger } = await setUp({ CREWSPAN_SHUTDOWN_TIMEOUT: '4s' });
    const first = start();
    await first.listening();
    const report = createReport();
    const sending = sendAll(single, { url: webhook, report });
    await vi.waitFor(() => expect(ledger.taken.size).toBeGreaterThan(50), PATIENCE);
    expect(await first.signal(signal)).toEqual(DONE);
    expect(first.log()).toContain('"msg":"stopped"');

    const second = start();
    await sending;
    await vi.waitFor(() => expect(ledger.taken.size).toBe(RUNS * spansOf(USES)), PATIENCE);
    expect(await second.signal(signal)).toEqual(DONE);
    expect(contradictions(ledger)).toEqual({});
    // Nobody was told that an event is known which is not: each was new once.
    expect(report.accepted).toBeLessThanOrEqual(single.flat().length);
  });

  it('sends what has settled, although the backend is down at first', async () => {
    let isUp = false;
    const { start, webhook, ledger } = await setUp({}, () => (isUp ? {} : { status: 503 }));
    const service = start();
    await service.listening();
    await sendAll(batched, { url: webhook });
    await vi.waitFor(() => expect(service.log()).toContain('not delivered yet'), PATIENCE);
    await sleep(1_000);
    isUp = true;
    expect(await service.signal(signal)).toEqual(DONE);
    expect(ledger.taken.size).toBe(RUNS * spansOf(USES));
  });
});

describe('a stop', () => {
  it('takes no longer than CREWSPAN_SHUTDOWN_TIMEOUT when the backend hangs, and the next process delivers', async () => {
    let hangs = true;
    const { start, webhook, ledger } = await setUp({ CREWSPAN_SHUTDOWN_TIMEOUT: '2s' }, () => (hangs ? 'hang' : {}));
    const first = start();
    await first.listening();
    await sendAll(batched, { url: webhook });
    await vi.waitFor(() => expect(ledger.seen.size).toBeGreaterThan(0), PATIENCE);
    expect(await first.signal('SIGTERM')).toEqual(DONE);
    expect(first.log()).toContain('the backend has not taken all that had settled');
    hangs = false;
    const second = start();
    await vi.waitFor(() => expect(ledger.taken.size).toBe(RUNS * spansOf(USES)), PATIENCE);
    expect(await second.signal('SIGTERM')).toEqual(DONE);
    expect(contradictions(ledger)).toEqual({});
  });

  it('does not wait for a sender that never brings its body to an end', async () => {
    const { start, webhook } = await setUp({ CREWSPAN_SHUTDOWN_TIMEOUT: '3s' });
    const service = start();
    await service.listening();
    const socket = connect(Number(webhook.port), webhook.hostname);
    await once(socket, 'connect');
    socket.on('error', () => {});
    socket.write('POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{');
    await sleep(200);
    expect(await service.signal('SIGTERM')).toEqual(DONE);
  });

  it('lets a body that is on its way be accepted, and answers it', async () => {
    const { start, webhook, ledger } = await setUp();
    const service = start();
    await service.listening();
    const [body = ''] = bodiesOf([...madeRun({ run: 0, uses: USES })], 1_000);
    const socket = connect(Number(webhook.port), webhook.hostname);
    let answer = '';
    socket.on('data', chunk => {
      answer += String(chunk);
    });
    await once(socket, 'connect');
    const head = `POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
    socket.write(head + body.slice(0, 1_000));
    await sleep(200);
    const ended = service.signal('SIGTERM');
    await sleep(200);
    socket.write(body.slice(1_000));
    expect(await ended).toEqual(DONE);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    start();
    await vi.waitFor(() => expect(ledger.taken.size).toBe(spansOf(USES)), PATIENCE);
  });

  it('ends with 0 while an earlier run is still being taken up, and loses nothing of it', async () => {
    const { start, webhook, ledger } = await setUp();
    const runs = Array.from({ length: REPLAYED_RUNS }, (_, run) => [...madeRun({ run, uses: REPLAYED_USES })]);
    const first = start();
    await first.listening();
    await sendAll(
      [
        bodiesOf(
          runs.flatMap(run => run.slice(0, REPLAYED_USES)),
          50,
        ),
      ],
      { url: webhook },
    );
    await first.signal('SIGKILL');
    const second = start();
    await second.listening();
    expect(await second.signal('SIGTERM')).toEqual(DONE);
    const third = start();
    await third.listening();
    await sendAll(
      [
        bodiesOf(
          runs.flatMap(run => run.slice(REPLAYED_USES)),
          50,
        ),
      ],
      { url: webhook },
    );
    await vi.waitFor(() => expect(ledger.taken.size).toBe(REPLAYED_RUNS * spansOf(REPLAYED_USES)), PATIENCE);
    expect(await third.signal('SIGTERM')).toEqual(DONE);
    expect(contradictions(ledger)).toEqual({});
  });

  it('does not wait until all is forgotten whose retention is over', async () => {
    const { start, directory } = await setUp({ CREWSPAN_RETENTION: '1s', CREWSPAN_SHUTDOWN_TIMEOUT: '1s' });
    const journal = await openLmdbJournal({ directory, log: createLog({ level: 'silent' }) });
    const execution = { source: 'default', executionId: 'long over' };
    for (let left = FORGETTABLE; left > 0; left -= FORGETTABLE_AT_ONCE) {
      const skeletons = Array.from({ length: FORGETTABLE_AT_ONCE }, () => ({ execution, eventId: randomUUID() }));
      await journal.settle({ spans: [], skeletons, open: [], released: [], now: 0 });
    }
    await journal.close();
    const service = start();
    await service.ready();
    // It begins a second after the start.
    await sleep(1_500);
    expect(await service.signal('SIGTERM')).toEqual(DONE);
  });

  it('is cut short by a second signal, with 1', async () => {
    const { start, webhook, ledger } = await setUp({ CREWSPAN_SHUTDOWN_TIMEOUT: '1m' }, () => 'hang');
    const service = start();
    await service.listening();
    await sendAll(batched, { url: webhook });
    await vi.waitFor(() => expect(ledger.seen.size).toBeGreaterThan(0), PATIENCE);
    service.child.kill('SIGTERM');
    await vi.waitFor(() => expect(service.log()).toContain('"msg":"stopping"'), PATIENCE);
    expect(await service.signal('SIGTERM')).toEqual(FAILED);
  });
});

describe('an end that nobody asked for', () => {
  /** Run by Node before the program; what it does comes while the program serves. */
  const broken = (statement: string): string =>
    `data:text/javascript,${encodeURIComponent(`process.on('SIGWINCH', () => { ${statement} })`)}`;

  async function breakBy(statement: string, under: Setting): Promise<ServiceProcess> {
    const service = under.start({ nodeOptions: ['--import', broken(statement)] });
    await service.listening();
    await sendAll(batched, { url: under.webhook });
    return service;
  }

  it.each([
    ['an error that nobody caught', 'throw new Error("out of the blue")'],
    ['a rejection that nobody handled', 'Promise.reject(new Error("out of the blue"))'],
  ])('%s: ends with 1 and says why; the next process delivers', async (_, statement) => {
    const under = await setUp();
    const service = await breakBy(statement, under);
    expect(await service.signal('SIGWINCH')).toEqual(FAILED);
    expect(service.log()).toContain('out of the blue');
    under.start();
    await vi.waitFor(() => expect(under.ledger.taken.size).toBe(RUNS * spansOf(USES)), PATIENCE);
    expect(contradictions(under.ledger)).toEqual({});
  });

  it.each(['SIGBUS', 'SIGSEGV'] as const)('%s, as a disk or native code may raise it, is not held up', async signal => {
    const { start } = await setUp();
    const service = start();
    await service.ready();
    expect(await service.signal(signal)).toEqual({ code: null, signal });
  });
});
