/** kill -9 at any moment: nothing that was acknowledged is lost, and no span comes in two versions. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { startHttpBackend } from '../delivery/backends.ts';
import { madeRun, spansOf } from './support/made-run.ts';
import { type Random, withSeed } from './support/random.ts';
import { recordedRuns } from './support/recorded-runs.ts';
import { bodiesOf, createReport, sendAll, withRepeats } from './support/sender.ts';
import { type Installation, install } from './support/service-process.ts';
import { contradictions, createLedger, differences, type SpanLedger } from './support/span-ledger.ts';

const KILLS = 50;
const CONNECTIONS = 6;
/** Shorter than by default, so that runs settle and are delivered between two kills. */
const SETTLE = '400ms';
/** Longest life after the events of a life were sent. */
const AFTERLIFE_MS = 700;
/** Of the test that kills during the replay. */
const REPLAY_KILLS = 6;
const REPLAYED_RUNS = 10;
const REPLAYED_USES = 500;
const TAKEN_UP = 'resumed what an earlier run had accepted';
const PATIENCE = { timeout: 30_000, interval: 50 };

/** A backend that takes everything, and writes it down. */
async function takingBackend(): Promise<{ ledger: SpanLedger; endpoint: string; close(): Promise<void> }> {
  const ledger = createLedger();
  const backend = await startHttpBackend(ledger.watch(() => ({})));
  return { ledger, endpoint: backend.url.origin, close: () => backend.close() };
}

function installFor(endpoint: string): Promise<Installation> {
  return install({ CREWSPAN_SETTLE: SETTLE, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
}

/** What comes of it when nobody disturbs it. */
async function undisturbed(lanes: readonly (readonly string[])[]): Promise<SpanLedger> {
  const { ledger, endpoint, close } = await takingBackend();
  const { start, webhook } = await installFor(endpoint);
  const service = start();
  await service.listening();
  await sendAll(lanes, { url: webhook });
  await stableSize(ledger);
  expect(await service.signal('SIGTERM')).toEqual({ code: 0, signal: null });
  await close();
  return ledger;
}

/** Nothing more comes. */
async function stableSize({ taken }: SpanLedger): Promise<void> {
  for (let before = -1; before !== taken.size; ) {
    before = taken.size;
    await sleep(3_000);
  }
}

/** Runs on several connections, each run on one: CrewAI sends the events of a run one after the other. */
function deal(runs: readonly (readonly string[])[], random: Random): string[][] {
  const lanes = Array.from({ length: CONNECTIONS }, (): string[] => []);
  for (const [index, run] of runs.entries()) lanes[index % CONNECTIONS]?.push(...bodiesOf(withRepeats(run, random)));
  return lanes;
}

it(`${KILLS} times while events come one by one, some twice, over ${CONNECTIONS} connections`, () =>
  withSeed(async random => {
    const runs = recordedRuns(4);
    const lanes = deal(runs, random);
    const expected = await undisturbed(lanes);
    const { ledger, endpoint, close } = await takingBackend();
    const { start, webhook } = await installFor(endpoint);

    // Every life gets its share of the stream, so that the last kill comes with the last events.
    const total = lanes.flat().length;
    let admitted = 0;
    let allowed = 0;
    const admit = async (): Promise<void> => {
      while (admitted >= allowed) await sleep(5);
      admitted += 1;
    };
    const report = createReport();
    const sending = sendAll(lanes, { url: webhook, admit, report });
    for (let life = 1; life <= KILLS; life += 1) {
      const service = start();
      await service.listening();
      allowed = Math.ceil((total * life) / KILLS);
      // Half of them while requests are under way, half of them at some time afterwards.
      const until = report.acknowledged + random.below(Math.floor(total / KILLS));
      await vi.waitUntil(() => report.acknowledged >= until, PATIENCE);
      if (life % 2 === 0) await sleep(random.below(AFTERLIFE_MS));
      expect(await service.signal('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    }
    const last = start();
    await sending;
    await last.signal('SIGKILL');
    const final = start();
    await vi.waitFor(() => expect(ledger.taken.size).toBe(expected.taken.size), PATIENCE);
    expect(await sendAll(lanes, { url: webhook })).toMatchObject({ acknowledged: total, accepted: 0 });
    expect(await final.signal('SIGTERM')).toEqual({ code: 0, signal: null });
    await close();

    expect(contradictions(ledger)).toEqual({});
    expect(report.broken).toBeGreaterThan(0);
    expect(differences(expected, ledger)).toEqual([]);
  }));

it('again and again while it takes up what an earlier run had left', () =>
  withSeed(async random => {
    const { ledger, endpoint, close } = await takingBackend();
    const { start, webhook } = await install({ CREWSPAN_SETTLE: SETTLE, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    // Runs that are still open, so that nothing of them has settled, and all of it is read again at each start.
    const runs = Array.from({ length: REPLAYED_RUNS }, (_, run) => [...madeRun({ run, uses: REPLAYED_USES })]);
    const begun = runs.flatMap(run => run.slice(0, REPLAYED_USES));
    const first = start();
    await first.listening();
    await sendAll([bodiesOf(begun, 50)], { url: webhook });
    await first.signal('SIGKILL');

    let interrupted = 0;
    for (let kill = 0; kill < REPLAY_KILLS; kill += 1) {
      const service = start();
      await service.listening();
      await sleep(random.below(100));
      await service.signal('SIGKILL');
      if (!service.log().includes(TAKEN_UP)) interrupted += 1;
    }
    expect(interrupted).toBeGreaterThan(0);

    const last = start();
    await last.listening();
    // Some of it comes while the earlier part is still being read.
    await sendAll(
      runs.map(run => bodiesOf(run.slice(REPLAYED_USES), 50)),
      { url: webhook },
    );
    await vi.waitFor(() => expect(ledger.taken.size).toBe(REPLAYED_RUNS * spansOf(REPLAYED_USES)), PATIENCE);
    expect(await last.signal('SIGTERM')).toEqual({ code: 0, signal: null });
    await close();
    expect(contradictions(ledger)).toEqual({});
  }));
