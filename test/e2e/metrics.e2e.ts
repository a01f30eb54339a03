/** What Prometheus has of runs and of crewspan itself, and whom it tells of a failure. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rebase } from '../../src/commands/rebase.ts';
import { send } from '../../src/commands/webhook-client.ts';
import { recordingPath } from '../support/recordings.ts';
import { planCollector } from './support/collector.ts';
import { type Crewspan, startCrewspan } from './support/crewspan.ts';
import { countExpressions, expressions, variableQueries } from './support/dashboards.ts';
import { startJaeger } from './support/jaeger.ts';
import { createBench, until } from './support/process.ts';
import { type Alertmanager, type Prometheus, rules, startAlertmanager, startPrometheus } from './support/prometheus.ts';
import { GENERATION } from './support/runs.ts';

const GOOD = '11_hierarchical';
const FAILED = '04a_llm_500';
/** As many failed tasks as CrewAITaskFailures waits for. */
const FAILURES = 5;

const bench = createBench();
let crewspan: Crewspan;
let prometheus: Prometheus;
let alertmanager: Alertmanager;

beforeAll(async () => {
  const jaeger = await startJaeger(bench);
  const plan = await planCollector(bench, { backend: jaeger.grpc });
  crewspan = await startCrewspan(bench, { env: { OTEL_EXPORTER_OTLP_ENDPOINT: plan.http } });
  alertmanager = await startAlertmanager(bench);
  prometheus = await startPrometheus(bench, {
    crewspan: new URL(crewspan.admin).host,
    collector: plan.metrics,
    alertmanager: alertmanager.address,
  });
  // The first export has to be made again: there is no Collector yet.
  await playFresh(GOOD);
  await until(
    'an export has failed',
    async () => (await prometheus.query('crewspan_spans_retried_total > 0')).length > 0,
  );
  await plan.start();
});

afterAll(() => bench.clear());

/** As if it had just happened; the same recording is another run each time. */
async function playFresh(name: string): Promise<readonly string[]> {
  const events = readFileSync(recordingPath(GENERATION, name), 'utf8').trim().split('\n');
  const fresh = rebase(events, Date.now()).events;
  await send(fresh, { url: crewspan.webhook, token: undefined, batch: 20 });
  return fresh;
}

function firing(selector: string): Promise<readonly { metric: Readonly<Record<string, string>> }[]> {
  return prometheus.query(`ALERTS{alertstate="firing",${selector}}`);
}

async function some(what: string, ask: () => Promise<readonly unknown[]>): Promise<void> {
  await until(what, async () => (await ask()).length > 0);
}

describe('alerts', () => {
  it('a good run raises none', async () => {
    const counted = 'traces_span_metrics_calls_total{crewspan_family="crew",crewai_crew_name="hier_crew"}';
    await some('the good run is counted', () => prometheus.query(counted));
    await some('the rules have seen it', () =>
      prometheus.query('crewai:span_calls:increase30m{crewai_crew_name="hier_crew"} > 0'),
    );
    expect(await firing('alertname=~"CrewAI.*"')).toEqual([]);
    expect(await alertmanager.alerts()).toEqual([]);
  });

  it('the first run that fails raises one, and Alertmanager is told', async () => {
    await playFresh(FAILED);
    await some('the alert fires', () => firing('alertname="CrewAIRunFailed",crewai_crew_name="llmfail_crew"'));
    const told = await until('Alertmanager is told', async () =>
      (await alertmanager.alerts()).find(({ alertname }) => alertname === 'CrewAIRunFailed'),
    );
    expect(told).toMatchObject({ crewai_crew_name: 'llmfail_crew', service_name: 'crewai', severity: 'warning' });
  });

  it('a task that fails again and again raises one', async () => {
    for (let count = 1; count < FAILURES; count++) await playFresh(FAILED);
    await some('the alert fires', () => firing('alertname="CrewAITaskFailures",span_name="execute_task bad"'));
    await until('Alertmanager is told', async () =>
      (await alertmanager.alerts()).some(({ alertname }) => alertname === 'CrewAITaskFailures'),
    );
    expect(await firing('alertname=~"CrewAI.*",crewai_crew_name="hier_crew"')).toEqual([]);
  });
});

describe('expressions', () => {
  beforeAll(async () => {
    // So that there is something of everything: repeats, what is refused, what comes too late, what never comes.
    const events = await playFresh('03_tool_failure');
    const options = { url: crewspan.webhook, token: undefined, batch: 20 };
    await send(events, options);
    const bad = await send(['{"id":"no-execution"}', events[0] ?? ''], options);
    expect(bad.rejected).toHaveLength(1);
  });

  it('Prometheus itself evaluates the rules without an error', async () => {
    const health = await prometheus.ruleHealth();
    expect(health.map(({ name }) => name).sort()).toEqual(
      rules()
        .map(([name]) => name)
        .sort(),
    );
    expect(health.filter(({ lastError }) => lastError !== '')).toEqual([]);
  });

  it('every expression of a dashboard is among those below', () => {
    expect(expressions()).toHaveLength(countExpressions());
    expect(variableQueries()).not.toHaveLength(0);
  });

  it.each(rules())('%s evaluates', async (_, expression) => {
    await expect(prometheus.query(expression)).resolves.toBeDefined();
  });

  it.each(variableQueries())('%s has values', async (place, selector, label) => {
    await some(place, () => prometheus.labelValues(label, selector));
  });

  it.each(expressions())('%s returns data', async (place, expression) => {
    await some(place, async () => (await prometheus.query(expression)).filter(({ value }) => !Number.isNaN(value)));
  });
});
