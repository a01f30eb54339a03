/** Backends in trouble, under the whole service: nothing is lost, and nothing but poison goes to the dead letters. */
import { expect, it, vi } from 'vitest';
import { openLmdbJournal } from '../../src/journal/lmdb/open.ts';
import { createLog } from '../../src/log.ts';
import { type HttpBehaviour, startHttpBackend } from '../delivery/backends.ts';
import { responseBytes } from '../delivery/otlp-proto.ts';
import { madeRun, spansOf } from './support/made-run.ts';
import { type Random, withSeed } from './support/random.ts';
import { bodiesOf, sendAll } from './support/sender.ts';
import { type Installation, install } from './support/service-process.ts';
import { contradictions, type SpanLedger } from './support/span-ledger.ts';
import { startWatchedBackend } from './support/watched-backend.ts';

const RUNS = 4;
const USES = 247;
const SPANS = RUNS * spansOf(USES);
const POISON = 'tainted';
const PATIENCE = { timeout: 90_000, interval: 50 };
const DONE = { code: 0, signal: null };

type Answers = ReturnType<HttpBehaviour>;

const lanes = Array.from({ length: RUNS }, (_, run) =>
  bodiesOf([...madeRun({ run, uses: USES, toolName: use => (run === 2 && use === 100 ? POISON : 'lookup') })], 20),
);

interface Setting {
  readonly installation: Installation;
  readonly ledger: SpanLedger;
}

async function setUp(behave: HttpBehaviour, env: Record<string, string> = {}): Promise<Setting> {
  const { ledger, endpoint } = await startWatchedBackend(behave);
  const installation = await install({
    CREWSPAN_SETTLE: '300ms',
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_TIMEOUT: '500',
    ...env,
  });
  return { installation, ledger };
}

interface Outcome {
  /** Why each dead letter is one. */
  readonly deadLetters: string[];
}

/** Sends everything and stops the service when nothing is left to deliver; then looks into its store. */
async function play({ installation, ledger }: Setting, spans: number): Promise<Outcome> {
  const service = installation.start();
  await service.listening();
  await sendAll(lanes, { url: installation.webhook });
  await vi.waitFor(() => expect(ledger.taken.size).toBe(spans), PATIENCE);
  expect(await service.signal('SIGTERM')).toEqual(DONE);
  expect(contradictions(ledger)).toEqual({});
  return lookInto(installation.directory);
}

async function lookInto(directory: string): Promise<Outcome> {
  const journal = await openLmdbJournal({ directory, log: createLog({ level: 'silent' }) });
  expect(journal.stats().undelivered).toBe(0);
  const deadLetters = journal.deadLetters(undefined, 10).map(({ reason }) => reason);
  await journal.close();
  return { deadLetters };
}

it('nobody listens before the first event and until after the last', async () => {
  const backend = await startHttpBackend(() => ({}));
  const { port } = backend;
  await backend.close();
  const installation = await install({
    CREWSPAN_SETTLE: '300ms',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://localhost:${port}`,
  });
  const service = installation.start();
  await service.listening();
  await sendAll(lanes, { url: installation.webhook });
  await vi.waitFor(() => expect(service.log()).toContain('ECONNREFUSED'), PATIENCE);
  const { ledger } = await startWatchedBackend(() => ({}), { port });
  await vi.waitFor(() => expect(ledger.taken.size).toBe(SPANS), PATIENCE);
  expect(await service.signal('SIGTERM')).toEqual(DONE);
  expect(await lookInto(installation.directory)).toEqual({ deadLetters: [] });
});

it.each<[string, Answers]>([
  ['429 with Retry-After', { status: 429, headers: { 'retry-after': '1' } }],
  ['500', { status: 500 }],
  ['503', { status: 503 }],
  ['no answer at all', 'hang'],
  ['a connection cut half-way', 'cut'],
])('%s to the first requests: they are sent again until they are taken', async (_, trouble) => {
  let count = 0;
  const setting = await setUp(() => {
    count += 1;
    return count <= 3 ? trouble : {};
  });
  expect(await play(setting, SPANS)).toEqual({ deadLetters: [] });
  expect(count).toBeGreaterThan(3);
});

it('flapping: up and down as chance has it', () =>
  withSeed(async random => {
    const setting = await setUp(flapping(random));
    expect(await play(setting, SPANS)).toEqual({ deadLetters: [] });
  }));

/** No longer down in a row than this: pauses grow from one failure to the next, and the test has to end. */
const DOWN_IN_A_ROW = 3;

function flapping(random: Random): () => Answers {
  const troubles: Answers[] = [{ status: 503 }, { status: 502 }, { status: 404 }, { status: 401 }, 'hang', 'cut'];
  let down = 0;
  return () => {
    down = random.next() < 0.5 || down === DOWN_IN_A_ROW ? 0 : down + 1;
    return down === 0 ? {} : (troubles[random.below(troubles.length)] ?? {});
  };
}

it('partial success: told in the log, and not sent again', async () => {
  let count = 0;
  const setting = await setUp(() => {
    count += 1;
    return count === 1 ? { body: responseBytes(2, 'too old') } : {};
  });
  const service = setting.installation.start();
  await service.listening();
  await sendAll(lanes, { url: setting.installation.webhook });
  await vi.waitFor(() => expect(setting.ledger.taken.size).toBe(SPANS), PATIENCE);
  expect(await service.signal('SIGTERM')).toEqual(DONE);
  expect(service.log()).toContain('too old');
  expect(setting.ledger.repeated).toBe(0);
  expect(await lookInto(setting.installation.directory)).toEqual({ deadLetters: [] });
});

it(`400 for one poison span of ${SPANS}: it alone goes to the dead letters`, async () => {
  const setting = await setUp(({ names }) => (isPoison(names) ? { status: 400, body: 'bad span' } : {}));
  expect(await play(setting, SPANS - 1)).toEqual({ deadLetters: [expect.stringContaining('bad span')] });
});

const isPoison = (names: readonly string[]): boolean => names.some(name => name.includes(POISON));

it('413 above a size: requests are made smaller until they fit', async () => {
  let refused = 0;
  const setting = await setUp(({ bytes }) => {
    if (bytes <= 20_000) return {};
    refused += 1;
    return { status: 413 };
  });
  expect(await play(setting, SPANS)).toEqual({ deadLetters: [] });
  expect(refused).toBeGreaterThan(0);
});
