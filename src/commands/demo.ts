/** `crewspan demo`: plays a recorded run of a real crew into a service of its own and shows what becomes of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { Settings } from '../config.ts';
import { shownEndpoint } from '../delivery/operator-text.ts';
import type { DeliverySettings } from '../delivery/settings.ts';
import { createLog } from '../log.ts';
import { type Pipeline, startPipeline } from './pipeline.ts';
import { rebase } from './rebase.ts';
import { readEventTexts } from './recording.ts';
import { drawTrees } from './tree.ts';
import { firstToken, send } from './webhook-client.ts';

export interface DemoOptions {
  readonly settings: Settings;
  /** Whether a backend was named; without one nothing is sent anywhere. */
  readonly hasBackend: boolean;
  readonly colour: boolean;
  /** Goes on receiving webhooks afterwards, until it is told to stop. */
  readonly serve: boolean;
  readonly print: (text: string) => void;
}

const RECORDING = fileURLToPath(new URL('../../demo/hierarchical-crew.jsonl', import.meta.url));

/** All events are sent at once, so nothing has to be waited for. */
const SETTLE_MS = 200;
const PATIENCE_MS = 15_000;

/** Resolves to whether a backend that was named has taken the run. Rejects as `startPipeline` and `send` do. */
export async function demo(options: DemoOptions): Promise<boolean> {
  const settings = forDemo(options);
  const spans: ReadableSpan[] = [];
  const pipeline = await startPipeline({
    settings,
    log: createLog({ level: 'warn' }),
    onSettled: settled => spans.push(...settled),
  });
  try {
    return await play(pipeline, spans, { ...options, settings });
  } finally {
    await pipeline.stop(0);
  }
}

async function play(
  pipeline: Pipeline,
  spans: readonly ReadableSpan[],
  { settings, colour, serve, print }: DemoOptions,
): Promise<boolean> {
  const { url } = pipeline.address;
  print(`crewspan receives webhooks at ${url}/webhook. A recorded crew of three agents plays into it:\n`);
  const sent = await send(rebase(readEventTexts(RECORDING), Date.now()).events, {
    url: new URL(`${url}/webhook`),
    token: firstToken(settings),
    batch: 1,
  });
  const deadline = Date.now() + PATIENCE_MS;
  while (pipeline.service.open().operations > 0 && Date.now() < deadline) await sleep(20);
  print(drawTrees(spans, { colour }));
  print(`${sent.accepted} events in ${sent.requests} requests became ${spans.length} spans of one trace.`);
  const delivered = await pipeline.flush(PATIENCE_MS);
  print(settings.delivery === undefined ? ADVICE : outcomeOf(settings.delivery, delivered));
  if (serve) await untilToldToStop(`Still serving at ${url}/webhook; stop with Ctrl-C.`, print);
  return delivered;
}

function forDemo({ settings, hasBackend }: DemoOptions): Settings {
  return {
    ...settings,
    webhook: { ...settings.webhook, host: '127.0.0.1', port: 0, admin: 'off' },
    assembly: { ...settings.assembly, settleMs: SETTLE_MS },
    delivery: hasBackend ? settings.delivery : undefined,
  };
}

function outcomeOf({ endpoint }: DeliverySettings, delivered: boolean): string {
  const where = shownEndpoint(endpoint);
  return delivered
    ? `The backend at ${where} has taken them: look there for the trace id above.`
    : `The backend at ${where} has not taken them: crewspan doctor finds out why.`;
}

async function untilToldToStop(invitation: string, print: (text: string) => void): Promise<void> {
  print(invitation);
  await new Promise<void>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

const ADVICE = `
No backend is set, so nothing was sent. To see the run in a backend:
  Jaeger           set OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318, run the demo again,
                   and look at http://localhost:16686, service "crewai"
  Grafana Tempo    set the same to Tempo's OTLP port, or to that of your collector;
                   for Grafana Cloud also OTEL_EXPORTER_OTLP_HEADERS="Authorization=Basic%20..."`;
