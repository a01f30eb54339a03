/** Recorded runs, as they are sent and as they must be found. */
import { readFileSync } from 'node:fs';
import { readRecording as readBodies } from '../../../src/commands/recording.ts';
import { assembleSpans } from '../../../src/commands/render.ts';
import { drawTrees } from '../../../src/commands/tree.ts';
import { type SendResult, send } from '../../../src/commands/webhook-client.ts';
import { loadSettings } from '../../../src/config.ts';
import { recordingNames, recordingPath } from '../../support/recordings.ts';
import type { Crewspan } from './crewspan.ts';
import type { Jaeger } from './jaeger.ts';
import { until } from './process.ts';
import { asReadable, asSeen, type SeenSpan } from './seen-span.ts';

/** The generation that has golden trees. */
export const GENERATION = '1.15.30';

export interface Run {
  readonly name: string;
  /** The token that it is sent with, if any. */
  readonly token?: string;
  readonly events: readonly string[];
  /** What it must become, by trace id. */
  readonly traces: ReadonlyMap<string, readonly SeenSpan[]>;
}

export interface RunOptions {
  readonly generation?: string;
  /** Settings of the service that the run is sent to. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Several recordings, one after the other, of one source. Spans are made here without the wire, and written by
 * OpenTelemetry's own serialiser.
 */
export function readRun(names: readonly string[], { generation = GENERATION, env = {} }: RunOptions = {}): Run {
  const paths = names.map(name => recordingPath(generation, name));
  const events = paths.flatMap(path => readBodies(path).events);
  return {
    name: names.join(', '),
    events: paths.flatMap(path => readFileSync(path, 'utf8').trim().split('\n')),
    traces: byTrace(asSeen(assembleSpans(events, loadSettings({ env })))),
  };
}

function byTrace(spans: readonly SeenSpan[]): Run['traces'] {
  const traces = new Map<string, SeenSpan[]>();
  for (const span of spans) traces.set(span.traceId, [...(traces.get(span.traceId) ?? []), span]);
  return traces;
}

/** All recordings of a generation, of a source each: they know nothing of each other. */
export function readRuns(options: RunOptions = {}): readonly Run[] {
  return recordingNames(options.generation ?? GENERATION).map(name => ({
    ...readRun([name], options),
    token: `token-of-${name}`,
  }));
}

/** `CREWSPAN_TOKENS`, a source for each run. */
export function tokensOf(runs: readonly Run[]): string {
  return runs.map(({ token }, index) => `source-${index}:${token}`).join(',');
}

/** Whether each of its operations ended: nothing has to be given up. */
export function isComplete({ traces }: Run): boolean {
  return [...traces.values()].flat().every(({ attributes }) => !('crewspan.incomplete' in attributes));
}

/** In one request, unless told otherwise: then nothing can be late. */
export function play(run: Run, to: Crewspan, batch = run.events.length): Promise<SendResult> {
  return send(run.events, { url: to.webhook, token: run.token, batch });
}

/** What Jaeger has of a run, as soon as it has as many spans of each trace as the run must have. */
export async function found(run: Run, { trace }: Jaeger): Promise<readonly SeenSpan[]> {
  const seen: SeenSpan[] = [];
  for (const [traceId, wanted] of run.traces) {
    const spans = await until(`Jaeger has the ${wanted.length} spans of ${run.name}`, async () => {
      const has = await trace(traceId);
      return has.length >= wanted.length && has;
    });
    seen.push(...spans);
  }
  return seen;
}

export function wanted(run: Run): readonly SeenSpan[] {
  return [...run.traces.values()].flat();
}

export function treeOf(spans: readonly SeenSpan[]): string {
  return drawTrees(spans.map(asReadable), { colour: false });
}

export function goldenTree(name: string): string {
  return readFileSync(new URL(`../../golden/trees/${name}.txt`, import.meta.url), 'utf8');
}
