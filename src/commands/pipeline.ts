/** A running crewspan, from its listeners to its backend: what `serve` runs and `demo` plays into. */
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { FastifyInstance } from 'fastify';
import type { Settings } from '../config.ts';
import { createDelivery, type Delivery } from '../delivery/delivery.ts';
import type { DeliveryObserver } from '../delivery/record.ts';
import { createRenewingTransport } from '../delivery/renewing-transport.ts';
import type { Transport } from '../delivery/transport.ts';
import type { Journal } from '../journal/journal.ts';
import { createMemoryJournal } from '../journal/memory.ts';
import { startForgetting } from '../journal/retention.ts';
import type { Log } from '../log.ts';
import { createService, type Service } from '../service/service.ts';
import { watchJournal } from '../telemetry/journal-watch.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { serveMetrics } from '../telemetry/metrics-route.ts';
import { createReadiness } from '../telemetry/readiness.ts';
import { type BoundAddress, listen } from '../webhook/listen.ts';
import type { Receiver } from '../webhook/receiver.ts';
import { createAdminServer, createWebhookServer } from '../webhook/server.ts';
import { sourcesOf } from '../webhook/source.ts';
import { closeServer } from './close-server.ts';

/** Of the journal: each source has an equal share. */
export function quotaOf({ maxDiskBytes, webhook }: Settings): { readonly maxBytes: number; readonly shares: number } {
  return { maxBytes: maxDiskBytes, shares: sourcesOf(webhook.tokens).length };
}

export interface PipelineOptions {
  readonly settings: Settings;
  readonly log: Log;
  /** Closed when the pipeline stops. Default: one in memory. */
  readonly journal?: Journal;
  readonly onSettled?: (spans: readonly ReadableSpan[]) => void;
  /** Called when events are accepted, before what an earlier run left is taken up: it can be stopped from then on. */
  readonly onListening?: (pipeline: Pipeline) => void;
}

export interface Pipeline {
  readonly service: Service;
  readonly address: BoundAddress;
  /** Of the admin listener, where there is one. */
  readonly adminAddress: BoundAddress | undefined;
  /**
   * Stops accepting, lets the requests under way be answered, sends what has settled, all of that within `withinMs`, and
   * closes everything. Resolves to whether all that had settled was delivered.
   */
  stop(withinMs: number): Promise<boolean>;
  /** Sends what has settled; resolves to whether the backend has taken all of it within `withinMs`. */
  flush(withinMs: number): Promise<boolean>;
}

/** Of the time that a stop may take, what a sender gets to bring its body to an end; the rest is for delivery. */
const ANSWERING_SHARE = 1 / 2;

interface Sending {
  readonly transport: Transport;
  readonly delivery: Delivery;
}

/** All that there is to close, as far as it has been opened. */
interface Opened {
  journal?: Journal;
  metrics?: Metrics;
  service?: Service;
  sending?: Sending | undefined;
  webhook?: FastifyInstance;
  admin?: FastifyInstance;
  stopForgetting?: () => Promise<void>;
}

/** Where it cannot start, it closes what it has opened. */
export async function startPipeline(options: PipelineOptions): Promise<Pipeline> {
  const opened: Opened = {};
  try {
    return await start(options, opened);
  } catch (error) {
    await closeAll(opened, 0);
    throw error;
  }
}

async function start(options: PipelineOptions, opened: Opened): Promise<Pipeline> {
  const { settings, log } = options;
  const inside = await openInside(options, opened);
  const { journal, service, sending, metrics } = inside;
  const webhook = createWebhookServer({ ...inside, settings: settings.webhook, log, observe: metrics.request });
  opened.webhook = webhook;
  const address = await listen(webhook, {
    ...settings.webhook,
    settings: { host: 'CREWSPAN_HOST', port: 'CREWSPAN_PORT' },
    log,
  });
  const adminAddress = await openAdmin({ ...inside, settings, log }, opened);
  opened.stopForgetting = startForgetting({ journal, retentionMs: settings.retentionMs, log });
  const pipeline: Pipeline = {
    service,
    address,
    adminAddress,
    flush: withinMs => flush(sending, withinMs),
    stop: withinMs => closeAll(opened, withinMs),
  };
  options.onListening?.(pipeline);
  // Events are accepted meanwhile; readyz says when it is done.
  await service.recover();
  return pipeline;
}

/** Resolves to whether all that had settled was delivered within `withinMs`. */
async function closeAll(opened: Opened, withinMs: number): Promise<boolean> {
  const { webhook, service, sending, admin, metrics, journal, stopForgetting } = opened;
  const until = performance.now() + withinMs;
  if (webhook !== undefined) await closeServer(webhook, withinMs * ANSWERING_SHARE);
  await service?.stop();
  const delivered = await flush(sending, Math.max(0, until - performance.now()));
  await sending?.delivery.stop();
  await sending?.transport.close();
  if (admin !== undefined) await closeServer(admin, 0);
  await metrics?.close();
  // In this order: to forget what a busy day left takes longer than a stop may, and the end of the journal breaks it off.
  await journal?.close();
  await stopForgetting?.();
  return delivered;
}

async function flush(sending: Sending | undefined, withinMs: number): Promise<boolean> {
  return sending === undefined ? true : sending.delivery.flush(withinMs);
}

/** What stands behind the listeners. */
interface Inside {
  readonly journal: Journal;
  readonly service: Service;
  readonly sending: Sending | undefined;
  readonly metrics: Metrics;
  readonly receiver: Receiver;
}

async function openInside({ settings, log, onSettled, ...given }: PipelineOptions, opened: Opened): Promise<Inside> {
  const { shares, maxBytes } = quotaOf(settings);
  const stored = given.journal ?? createMemoryJournal({ shares, maxBytes });
  opened.journal = stored;
  const metrics = metricsFor(settings);
  opened.metrics = metrics;
  const watch = watchJournal(stored, { sources: shares, flushed: metrics.flushed });
  const { journal } = watch;
  const { assembly, spans, inputs } = settings;
  const observe = metrics.service;
  const service = createService({ assembly, spans, inputs, journal, log, observe, ...(onSettled && { onSettled }) });
  opened.service = service;
  const sending = await startSending(settings, journal, log, metrics.delivery);
  opened.sending = sending;
  const readiness = createReadiness({ service, watch, trouble: sending?.delivery.trouble });
  metrics.watch({ journal: journal.stats, open: service.open, ready: () => readiness().ready });
  return { journal, service, sending, metrics, receiver: { accept: service.accept, readiness } };
}

function metricsFor({ webhook, assembly }: Settings): Metrics {
  return createMetrics({ sources: sourcesOf(webhook.tokens), everythingSubscribed: assembly.subscribed === undefined });
}

async function startSending(
  settings: Settings,
  journal: Journal,
  log: Log,
  observe: DeliveryObserver,
): Promise<Sending | undefined> {
  if (settings.delivery === undefined) return undefined;
  const transport = await createRenewingTransport(settings.delivery, { log });
  const delivery = createDelivery({ journal, transport, settings: settings.delivery, log, observe });
  delivery.start();
  return { transport, delivery };
}

interface AdminParts {
  readonly settings: Settings;
  readonly receiver: Receiver;
  readonly log: Log;
  readonly metrics: Metrics;
}

async function openAdmin(
  { settings, receiver, log, metrics }: AdminParts,
  opened: Opened,
): Promise<BoundAddress | undefined> {
  const { admin } = settings.webhook;
  if (admin === 'off') return undefined;
  const server = createAdminServer({ receiver, log, routes: app => serveMetrics(app, metrics, log) });
  opened.admin = server;
  const address = await listen(server, {
    ...admin,
    settings: { host: 'CREWSPAN_ADMIN_HOST', port: 'CREWSPAN_ADMIN_PORT' },
    log,
  });
  log.info({ url: address.url }, 'admin listener');
  return address;
}
