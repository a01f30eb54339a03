/** Spans in plain values, as OTLP's JSON tells them: to compare what went in with what a backend gives back. */
import type { Attributes, AttributeValue, HrTime } from '@opentelemetry/api';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

/** OTLP's AnyValue: its one key tells the type. 64-bit integers are strings or numbers. */
type AnyValue = Readonly<Record<string, unknown>>;

interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly KeyValue[];
  readonly events?: readonly { timeUnixNano: string; name: string; attributes?: readonly KeyValue[] }[];
  readonly links?: readonly { traceId: string; spanId: string; attributes?: readonly KeyValue[] }[];
  readonly status?: { readonly code?: number; readonly message?: string };
}

/** An `ExportTraceServiceRequest`, or what Jaeger calls `TracesData`. */
export interface OtlpTraces {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string; readonly version?: string };
      readonly spans: readonly OtlpSpan[];
    }[];
  }[];
}

/** Values by key, each with its type, such as `{ intValue: '5' }`. */
type SeenAttributes = Readonly<Record<string, AnyValue>>;

export interface SeenSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  /** Nanoseconds since the Unix epoch. */
  readonly start: string;
  readonly end: string;
  readonly attributes: SeenAttributes;
  readonly events: readonly { readonly time: string; readonly name: string; readonly attributes: SeenAttributes }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string; readonly attributes: SeenAttributes }[];
  readonly status: { readonly code: number; readonly message: string };
  readonly resource: SeenAttributes;
  readonly scope: string;
}

/** All spans, in the order of their ids. */
export function seenSpans({ resourceSpans }: OtlpTraces): readonly SeenSpan[] {
  return resourceSpans
    .flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap(({ scope, spans }) =>
        spans.map(span => ({
          ...seenSpan(span),
          resource: seenAttributes(resource.attributes),
          scope: `${scope.name} ${scope.version ?? ''}`,
        })),
      ),
    )
    .sort((a, b) => (a.traceId + a.spanId < b.traceId + b.spanId ? -1 : 1));
}

function seenSpan(span: OtlpSpan): Omit<SeenSpan, 'resource' | 'scope'> {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId ?? '',
    name: span.name,
    kind: span.kind,
    start: span.startTimeUnixNano,
    end: span.endTimeUnixNano,
    attributes: seenAttributes(span.attributes),
    // Jaeger keeps them in an order of its own.
    events: (span.events ?? [])
      .map(({ timeUnixNano, name, attributes }) => ({
        time: timeUnixNano,
        name,
        attributes: seenAttributes(attributes),
      }))
      .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    links: (span.links ?? []).map(({ traceId, spanId, attributes }) => ({
      traceId,
      spanId,
      attributes: seenAttributes(attributes),
    })),
    status: { code: span.status?.code ?? 0, message: span.status?.message ?? '' },
  };
}

function seenAttributes(list: readonly KeyValue[] = []): SeenAttributes {
  const sorted = [...list].sort((a, b) => (a.key < b.key ? -1 : 1));
  return Object.fromEntries(sorted.map(({ key, value }) => [key, seenValue(value)]));
}

function seenValue(value: AnyValue): AnyValue {
  if ('intValue' in value) return { intValue: String(value['intValue']) };
  if (!('arrayValue' in value)) return value;
  const { values = [] } = value['arrayValue'] as { values?: readonly AnyValue[] };
  return { arrayValue: { values: values.map(seenValue) } };
}

/** Spans as the serialiser of OpenTelemetry itself writes them. */
export function asSeen(spans: readonly ReadableSpan[]): readonly SeenSpan[] {
  const bytes = JsonTraceSerializer.serializeRequest([...spans]);
  return seenSpans(JSON.parse(new TextDecoder().decode(bytes)) as OtlpTraces);
}

/** The way back, for what draws spans. */
export function asReadable(span: SeenSpan): ReadableSpan {
  const traceFlags = 1;
  const { traceId, spanId, parentSpanId, name, kind, status } = span;
  return {
    name,
    kind: kind - 1,
    spanContext: () => ({ traceId, spanId, traceFlags }),
    ...(parentSpanId === '' ? {} : { parentSpanContext: { traceId, spanId: parentSpanId, traceFlags } }),
    startTime: hrTime(BigInt(span.start)),
    endTime: hrTime(BigInt(span.end)),
    duration: hrTime(BigInt(span.end) - BigInt(span.start)),
    status,
    attributes: plainAttributes(span.attributes),
    events: span.events.map(event => ({
      time: hrTime(BigInt(event.time)),
      name: event.name,
      attributes: plainAttributes(event.attributes),
    })),
    links: span.links.map(link => ({
      context: { traceId: link.traceId, spanId: link.spanId, traceFlags },
      attributes: plainAttributes(link.attributes),
    })),
    ended: true,
    resource: resourceFromAttributes(plainAttributes(span.resource)),
    instrumentationScope: { name: span.scope },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

const NANOSECONDS = 1_000_000_000n;

function hrTime(nanoseconds: bigint): HrTime {
  return [Number(nanoseconds / NANOSECONDS), Number(nanoseconds % NANOSECONDS)];
}

export function plainAttributes(attributes: SeenAttributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, plainValue(value)]));
}

function plainValue(value: AnyValue): AttributeValue {
  const [type, inner] = Object.entries(value)[0] ?? [];
  if (type === 'intValue') return Number(inner);
  if (type !== 'arrayValue') return inner as AttributeValue;
  return (inner as { values: readonly AnyValue[] }).values.map(plainValue) as AttributeValue;
}
