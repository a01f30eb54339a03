/** Spans to deliver: born finished, as the service makes them. */
import { type Attributes, type Link, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

const RESOURCE = resourceFromAttributes({ 'service.name': 'crewai', replicas: 3 });
export const SCOPE = { name: 'crewspan', version: '0.1.0' };

export function makeSpan(some: Partial<ReadableSpan> & { readonly id?: number } = {}): ReadableSpan {
  const { id = 1, ...rest } = some;
  const spanId = id.toString(16).padStart(16, '0');
  return {
    name: `span ${id}`,
    kind: SpanKind.INTERNAL,
    spanContext: () => ({ traceId: '0af7651916cd43dd8448eb211c80319c', spanId, traceFlags: TraceFlags.SAMPLED }),
    startTime: [1_763_900_000, 123_456_789],
    endTime: [1_763_900_001, 7],
    status: { code: SpanStatusCode.UNSET },
    attributes: {} satisfies Attributes,
    links: [] satisfies Link[],
    events: [],
    duration: [0, 0],
    ended: true,
    resource: RESOURCE,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    ...rest,
  };
}

export function makeSpans(count: number): ReadableSpan[] {
  return Array.from({ length: count }, (_, i) => makeSpan({ id: i + 1 }));
}
