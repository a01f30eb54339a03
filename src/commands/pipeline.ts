/** A running crewspan, from its listeners to its backend: what `serve` runs and `demo` plays into. */
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { Settings } from '../config.ts';
import { createTransport } from '../delivery/create-transport.ts';
import { createDelivery, type Delivery } from '../delivery/delivery.ts';
import type { Transport } from '../delivery/transport.ts';
import type { Journal } from '../journal/journal.ts';
import { createMemoryJournal } from '../journal/memory.ts';
import { startForgetting } from '../journal/retention.ts';
import { createService, type Service } from '../service.ts';
import type { Log } from '../telemetry/log.ts';
import { type BoundAddress, listen } from '../webhook/listen.ts';
import { createAdminServer, createWebhookServer } from '../webhook/server.ts';

/** Of the journal: each source has an equal share. Without tokens all senders are one. */
export function quotaOf({ maxDiskBytes, webhook }: Settings): { readonly maxBytes: number; readonly shares: number } {
  return { maxBytes: maxDiskBytes, shares: Math.max(1, webhook.tokens.size) };
}

export interface PipelineOptions {
  readonly settings: Settings;
  readonly log: Log;
  /** Closed when the pipeline stops. Default: one in memory. */
  readonly journal?: Journal;
  readonly onSettled?: (spans: readonly ReadableSpan[]) => void;
}

export interface Pipeline {
  readonly service: Service;
  readonly address: BoundAddress;
  /**
   * Stops accepting, sends what has settled within `deadlineMs`, and closes everything. Resolves to whether all that
   * had settled was delivered.
   */
  stop(deadlineMs: number): Promise<boolean>;
  /** Sends what has settled; resolves to whether the backend has taken all of it within `withinMs`. */
  flush(withinMs: number): Promise<boolean>;
}

interface Sending {
  readonly transport: Transport;
  readonly delivery: Delivery;
}

/** Where it cannot start, it closes what it has opened. */
export async function startPipeline(options: PipelineOptions): Promise<Pipeline> {
  const undo: Undo[] = [];
  try {
    return await start(options, undo);
  } catch (error) {
    for (const close of undo.reverse()) await close();
    throw error;
  }
}

type Undo = () => unknown;

async function start({ settings, log, onSettled, ...given }: PipelineOptions, undo: Undo[]): Promise<Pipeline> {
  const journal = given.journal ?? createMemoryJournal(quotaOf(settings));
  undo.push(() => journal.close());
  const { assembly, spans, callerInput } = settings;
  const service = createService({ assembly, spans, callerInput, journal, log, ...(onSettled && { onSettled }) });
  const sending = startSending(settings, journal, log);
  undo.push(async () => {
    await sending?.delivery.stop();
    await sending?.transport.close();
  });
  const webhook = createWebhookServer({ settings: settings.webhook, receiver: service, log });
  undo.push(() => webhook.close());
  const address = await listen(webhook, {
    ...settings.webhook,
    settings: { host: 'CREWSPAN_HOST', port: 'CREWSPAN_PORT' },
  });
  const { admin } = settings.webhook;
  const adminServer = admin === 'off' ? undefined : createAdminServer({ receiver: service, log });
  if (adminServer !== undefined && admin !== 'off') {
    undo.push(() => adminServer.close());
    const { url } = await listen(adminServer, {
      ...admin,
      settings: { host: 'CREWSPAN_ADMIN_HOST', port: 'CREWSPAN_ADMIN_PORT' },
    });
    log.info({ url }, 'admin listener');
  }
  // Events are accepted meanwhile; readyz says when it is done.
  await service.recover();
  const stopForgetting = startForgetting({ journal, retentionMs: assembly.retentionMs, log });
  const flush = async (withinMs: number): Promise<boolean> =>
    sending === undefined ? true : sending.delivery.flush(withinMs);

  return {
    service,
    address,
    flush,
    async stop(deadlineMs) {
      await webhook.close();
      await service.stop();
      const delivered = await flush(deadlineMs);
      await sending?.delivery.stop();
      await sending?.transport.close();
      await adminServer?.close();
      await stopForgetting();
      await journal.close();
      return delivered;
    },
  };
}

function startSending(settings: Settings, journal: Journal, log: Log): Sending | undefined {
  if (settings.delivery === undefined) return undefined;
  const transport = createTransport(settings.delivery);
  const delivery = createDelivery({ journal, transport, settings: settings.delivery, log });
  delivery.start();
  return { transport, delivery };
}
