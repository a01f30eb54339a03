/** What Jaeger's API tells of recorded runs: each is the very trace that it should be. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readExpected, recordings } from '../support/recordings.ts';
import { startCollector } from './support/collector.ts';
import { type Crewspan, startCrewspan } from './support/crewspan.ts';
import { type Jaeger, startJaeger } from './support/jaeger.ts';
import { createBench } from './support/process.ts';
import {
  found,
  GENERATION,
  goldenTree,
  isComplete,
  play,
  readRun,
  readRuns,
  tokensOf,
  treeOf,
  wanted,
} from './support/runs.ts';
import { plainAttributes, type SeenSpan } from './support/seen-span.ts';

/** Golden trees there are of the newest generation only. */
const OLDER = [...new Set(recordings().map(([generation]) => generation))].filter(name => name !== GENERATION);

/** All of them are more than a body may hold. */
const EVENTS_A_REQUEST = 100;

describe('by webhook, through the Collector, to Jaeger', () => {
  const bench = createBench();
  const runs = readRuns();
  let jaeger: Jaeger;
  let crewspan: Crewspan;

  beforeAll(async () => {
    jaeger = await startJaeger(bench);
    const collector = await startCollector(bench, { backend: jaeger.grpc });
    crewspan = await startCrewspan(bench, {
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.http,
        CREWSPAN_TOKENS: tokensOf(runs),
        // Each run comes in one request: what has not come by then never will.
        CREWSPAN_IDLE: '1s',
        CREWSPAN_ABANDON: '2s',
      },
    });
    for (const run of runs) {
      const { rejected, accepted } = await play(run, crewspan);
      expect({ name: run.name, rejected, accepted }).toEqual({
        name: run.name,
        rejected: [],
        accepted: run.events.length,
      });
    }
  });

  afterAll(() => bench.clear());

  it.each(runs)('$name is the tree that it was drawn as', async run => {
    expect(treeOf(await found(run, jaeger))).toBe(goldenTree(run.name));
  });

  it.each(runs)('$name has the kinds, times, attributes, events, links and statuses that were sent', async run => {
    expect(await found(run, jaeger)).toEqual(wanted(run));
  });

  it.each(runs)('$name shows what an independent record tells of the calls', async run => {
    const spans = await found(run, jaeger);
    const byEvent = new Map(spans.map(span => [eventOf(span), span]));
    const operations = readExpected(GENERATION, run.name);
    const uncalled = new Set(operations.filter(({ called }) => !called).map(({ id }) => id));
    for (const operation of operations) {
      const span = byEvent.get(operation.id);
      expect(span, operation.id).toBeDefined();
      if (span === undefined) continue;
      expect(operation.parents, `parents of ${span.name}`).toContain(
        parentEvent(span, spans, operation.parents, uncalled),
      );
      if (operation.end === null) continue;
      expect(span.attributes['crewai.event.end_id']).toEqual({ stringValue: operation.end });
      expect(span.status.code === 2, `${span.name} failed`).toBe(operation.failed);
      expect([micros(span.start), micros(span.end)]).toEqual([
        microsOf(operation.start_time),
        microsOf(operation.end_time ?? ''),
      ]);
    }
  });

  it('has nothing more of any run once crewspan has stopped', async () => {
    expect(await crewspan.stop()).toBe(0);
    for (const run of runs) expect(await found(run, jaeger), run.name).toHaveLength(wanted(run).length);
  });
});

it.each(OLDER)('recordings of %s arrive, by webhook and through the Collector, as they were sent', async generation => {
  const bench = createBench();
  try {
    const jaeger = await startJaeger(bench);
    const collector = await startCollector(bench, { backend: jaeger.grpc });
    const runs = readRuns({ generation }).filter(isComplete);
    const crewspan = await startCrewspan(bench, {
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.http, CREWSPAN_TOKENS: tokensOf(runs) },
    });
    for (const run of runs) await play(run, crewspan);
    for (const run of runs) expect(await found(run, jaeger), run.name).toEqual(wanted(run));
  } finally {
    await bench.clear();
  }
});

describe.each(['http/protobuf', 'http/json', 'grpc'] as const)('straight to Jaeger over %s', protocol => {
  it.each(['none', 'gzip'])('what arrives is what was sent, content and all (compression %s)', async compression => {
    const bench = createBench();
    try {
      const env = { OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'SPAN_ONLY' };
      const jaeger = await startJaeger(bench);
      const crewspan = await startCrewspan(bench, {
        env: {
          ...env,
          // Runs are cut in two by requests; the second may be slow to come.
          CREWSPAN_SETTLE: '2s',
          OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
          OTEL_EXPORTER_OTLP_COMPRESSION: compression,
          OTEL_EXPORTER_OTLP_ENDPOINT: protocol === 'grpc' ? `http://${jaeger.grpc}` : jaeger.http,
        },
      });
      // Of one source: so the flow that goes on links to its segment before the pause.
      const names = readRuns()
        .filter(isComplete)
        .map(({ name }) => name);
      const run = readRun(names, { env });
      expect(wanted(run).flatMap(({ links }) => links)).not.toHaveLength(0);
      await play(run, crewspan, EVENTS_A_REQUEST);
      expect(await found(run, jaeger)).toEqual(wanted(run));
    } finally {
      await bench.clear();
    }
  });
});

function eventOf({ attributes }: SeenSpan): string {
  return String(plainAttributes(attributes)['crewai.event.id']);
}

/** The start event of the parent, or `''`. Families that the record of calls does not cover may stand in between. */
function parentEvent(
  span: SeenSpan,
  spans: readonly SeenSpan[],
  acceptable: readonly string[],
  uncalled: ReadonlySet<string>,
): string {
  const parent = spans.find(({ traceId, spanId }) => traceId === span.traceId && spanId === span.parentSpanId);
  if (parent === undefined) return '';
  const event = eventOf(parent);
  return uncalled.has(event) && !acceptable.includes(event) ? parentEvent(parent, spans, acceptable, uncalled) : event;
}

function micros(nanoseconds: string): string {
  return String(BigInt(nanoseconds) / 1000n);
}

/** ISO 8601 with up to six decimals, in microseconds since the Unix epoch. */
function microsOf(time: string): string {
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? '';
  return `${Math.floor(Date.parse(time) / 1000)}${fraction.padEnd(6, '0')}`;
}
