/** What the tests of delivery start from. */
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { vi } from 'vitest';
import { createTransport } from '../../src/delivery/create-transport.ts';
import { createDelivery, type Delivery } from '../../src/delivery/delivery.ts';
import { createSpanEncoder } from '../../src/delivery/encode.ts';
import { frameSpans } from '../../src/delivery/frame.ts';
import type { DeliveryEvent } from '../../src/delivery/record.ts';
import type { DeliverySettings } from '../../src/delivery/settings.ts';
import type { ExportOutcome, Transport } from '../../src/delivery/transport.ts';
import type { EncodedSpan, Journal } from '../../src/journal/journal.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import { makeSpans } from './spans.ts';

export function settingsFor(endpoint: URL, more: Partial<DeliverySettings> = {}): DeliverySettings {
  return {
    protocol: 'http/protobuf',
    endpoint,
    headers: {},
    compression: 'none',
    timeoutMs: 10_000,
    tls: {},
    batch: { maxSpans: 512, maxBytes: 2 * 1024 * 1024 },
    concurrency: 2,
    ...more,
  };
}

interface LogEntry {
  readonly level: string;
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

export function recordingLog() {
  const entries: LogEntry[] = [];
  const at = (level: string) => (fields: object, message: string) =>
    void entries.push({ level, fields: { ...fields }, message });
  return { entries, info: at('info'), warn: at('warn'), error: at('error') };
}

export async function putIntoOutbox(journal: Journal, spans: readonly ReadableSpan[]): Promise<void> {
  await putEncoded(journal, createSpanEncoder().encode(spans));
}

export async function putEncoded(journal: Journal, spans: readonly EncodedSpan[]): Promise<void> {
  const execution = { source: 'default', executionId: 'x' };
  await journal.settle({
    spans: spans.map(span => ({ ...span, execution })),
    skeletons: [],
    open: [],
    released: [],
    now: 0,
  });
}

/** Of spans, how many were delivered, refused and buried so far; of exports, how many are made again. */
export function toldIn(events: readonly DeliveryEvent[]) {
  const counts = { delivered: 0, rejected: 0, buried: 0, retry: 0 };
  for (const { type, spans } of events) counts[type] += type === 'retry' ? 1 : spans;
  return counts;
}

export interface Running {
  readonly journal: Journal;
  readonly delivery: Delivery;
  readonly log: ReturnType<typeof recordingLog>;
  readonly events: DeliveryEvent[];
  stop(): Promise<void>;
}

/** Delivery to a real backend, with waits so short that a test need not turn a clock. */
export async function startDelivery(
  settings: DeliverySettings,
  more: { readonly journal?: Journal } = {},
): Promise<Running> {
  const journal = more.journal ?? createMemoryJournal();
  const transport = await createTransport(settings);
  const log = recordingLog();
  const events: DeliveryEvent[] = [];
  const delivery = createDelivery({
    journal,
    transport,
    settings,
    log,
    observe: event => void events.push(event),
    random: () => 0.01,
    lingerMs: 1,
  });
  delivery.start();
  return {
    journal,
    delivery,
    log,
    events,
    async stop() {
      await delivery.stop();
      await transport.close();
    },
  };
}

/** One export of one span. */
export async function exportOnce(settings: DeliverySettings, spans = makeSpans(3)): Promise<ExportOutcome> {
  const transport = await createTransport(settings);
  try {
    return await send(transport, spans);
  } finally {
    await transport.close();
  }
}

export function send(transport: Transport, spans: readonly ReadableSpan[]): Promise<ExportOutcome> {
  return transport.send(frameSpans(createSpanEncoder().encode(spans)), new AbortController().signal);
}

export async function drained(journal: Journal): Promise<void> {
  await vi.waitUntil(() => journal.stats().undelivered === 0, { timeout: 20_000, interval: 5 });
}
