/** A span of doctor's own, sent by the transport that `serve` uses. */
import { randomBytes } from 'node:crypto';
import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { createTransport } from '../../delivery/create-transport.ts';
import type { DeliverySettings } from '../../delivery/settings.ts';
import type { ExportOutcome } from '../../delivery/transport.ts';
import { toHrTime } from '../../spans/time.ts';
import { VERSION } from '../../version.ts';

export const TEST_SPAN_NAME = 'crewspan doctor';

export interface Sent {
  readonly outcome: ExportOutcome;
  /** Milliseconds since the Unix epoch, by our clock. */
  readonly sentAt: number;
  readonly answeredAt: number;
  /** Of the backend's answer, where it gave them. */
  readonly date: string | undefined;
  readonly location: string | undefined;
}

export interface TestSpan {
  readonly traceId: string;
  /** An `ExportTraceServiceRequest`. */
  readonly request: Uint8Array;
}

export function createTestSpan(resourceAttributes: Readonly<Record<string, string>>, now: number): TestSpan {
  const context = {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    traceFlags: TraceFlags.SAMPLED,
  };
  const span: ReadableSpan = {
    name: TEST_SPAN_NAME,
    kind: SpanKind.INTERNAL,
    spanContext: () => context,
    startTime: toHrTime((now - 1) * 1000),
    endTime: toHrTime(now * 1000),
    duration: toHrTime(1000),
    ended: true,
    status: { code: SpanStatusCode.UNSET },
    attributes: {},
    links: [],
    events: [],
    resource: resourceFromAttributes({ ...resourceAttributes }),
    instrumentationScope: { name: 'crewspan', version: VERSION },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
  const request = ProtobufTraceSerializer.serializeRequest([span]);
  if (request === undefined) throw new Error('the OTLP serialiser gave nothing');
  return { traceId: context.traceId, request };
}

/** Rejects with `CREWSPAN_CONFIG` as `createTransport` does. */
export async function sendOnce(settings: DeliverySettings, request: Uint8Array): Promise<Sent> {
  let date: string | undefined;
  let location: string | undefined;
  const transport = await createTransport(settings, answer => {
    ({ date, location } = answer);
  });
  try {
    const sentAt = Date.now();
    const outcome = await transport.send(request, new AbortController().signal);
    return { outcome, sentAt, answeredAt: Date.now(), date, location };
  } finally {
    await transport.close();
  }
}
