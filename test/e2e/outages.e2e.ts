/** Programs that die and backends that go away: at the end every span is there. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Collector, planCollector, startCollector } from './support/collector.ts';
import { startCrewspan } from './support/crewspan.ts';
import { type Jaeger, planJaeger, startJaeger } from './support/jaeger.ts';
import { type Bench, createBench, until } from './support/process.ts';
import { createRelay } from './support/relay.ts';
import { found, isComplete, play, type Run, readRuns, tokensOf, wanted } from './support/runs.ts';
import { startTap } from './support/tap.ts';

const runs = readRuns().filter(isComplete);
let bench: Bench;

beforeEach(() => {
  bench = createBench();
});

afterEach(() => bench.clear());

async function expectAll(jaeger: Jaeger): Promise<void> {
  for (const run of runs) expect(await found(run, jaeger), run.name).toEqual(wanted(run));
}

function settings(endpoint: string): Record<string, string> {
  return { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, CREWSPAN_TOKENS: tokensOf(runs) };
}

it('a Collector that is killed (-9) as soon as it has said that it has taken something, again and again', async () => {
  const jaeger = await startJaeger(bench);
  const relay = await createRelay(jaeger.grpc);
  bench.onClear(() => relay.cut());
  const plan = await planCollector(bench, { backend: relay.address });
  let collector: Collector | undefined;
  const tap = await startTap(bench, {
    target: plan.http,
    onTaken: async () => void (await collector?.stop('SIGKILL')),
  });
  const crewspan = await startCrewspan(bench, { env: settings(tap.url) });
  for (const some of parts(runs, 5)) {
    collector = await plan.start();
    const before = tap.taken;
    for (const run of some) await play(run, crewspan);
    await until('the Collector has taken something and was killed', () => tap.taken > before);
  }
  for (const run of runs) expect(await traceIn(jaeger, run), run.name).toEqual([]);
  collector = undefined;
  await plan.start();
  await relay.restore();
  await expectAll(jaeger);
});

it('a backend that is not there yet, and one that goes away in between', async () => {
  const plan = await planJaeger(bench);
  const relay = await createRelay(plan.grpc);
  bench.onClear(() => relay.cut());
  const collector = await startCollector(bench, { backend: relay.address });
  const crewspan = await startCrewspan(bench, { env: settings(collector.http) });
  const [first = [], second = [], third = []] = parts(runs, 3);
  for (const run of first) await play(run, crewspan);
  await until('the Collector has taken something', async () => (await takenBy(collector.metrics)) > 0);
  const jaeger = await plan.start();
  await relay.restore();
  for (const run of first) await found(run, jaeger);
  await relay.cut();
  for (const run of second) await play(run, crewspan);
  await sleep(3_000);
  await relay.restore();
  for (const run of third) await play(run, crewspan);
  await expectAll(jaeger);
});

it('a backend that goes away, with no Collector before it, and a crewspan that is killed (-9) meanwhile', async () => {
  const jaeger = await startJaeger(bench);
  const relay = await createRelay(jaeger.http.slice('http://'.length));
  bench.onClear(() => relay.cut());
  const env = settings(`http://${relay.address}`);
  let crewspan = await startCrewspan(bench, { env });
  const [first = [], second = [], third = []] = parts(runs, 3);
  for (const run of first) await play(run, crewspan);
  await relay.restore();
  for (const run of first) await found(run, jaeger);
  await relay.cut();
  for (const run of second) await play(run, crewspan);
  await crewspan.stop('SIGKILL');
  crewspan = await startCrewspan(bench, { env });
  for (const run of third) await play(run, crewspan);
  await relay.restore();
  await expectAll(jaeger);
});

/** Spans that the Collector has passed on since its start, by its metrics of them. */
async function takenBy(metrics: string): Promise<number> {
  const text = await (await fetch(`http://${metrics}/metrics`)).text();
  const calls = text.matchAll(/^traces_span_metrics_calls_total\{.*\} (\d+)/gm);
  return [...calls].reduce((sum, [, count]) => sum + Number(count), 0);
}

async function traceIn(jaeger: Jaeger, { traces }: Run): Promise<unknown[]> {
  return (await Promise.all([...traces.keys()].map(jaeger.trace))).flat();
}

function parts<T>(items: readonly T[], count: number): readonly T[][] {
  const size = Math.ceil(items.length / count);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}
