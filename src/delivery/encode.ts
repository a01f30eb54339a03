/** From spans to the bytes that the outbox keeps: the SDK's own serialiser, cut at the borders of the spans. */
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { EncodedSpan } from '../journal/journal.ts';
import { REQUEST_RESOURCE_SPANS, RESOURCE_SPANS_SCOPE_SPANS, SCOPE_SPANS_SPANS } from './otlp-fields.ts';
import { contentOf, cursorOver, field, lengthDelimitedFields } from './wire.ts';

export interface SpanEncoder {
  /**
   * One `EncodedSpan` for each span, in their order. `span` is a view into a buffer shared by the whole array: a store
   * that keeps it longer copies it. `preamble` is one object for as long as resource and scope stay the same.
   */
  encode(spans: readonly ReadableSpan[]): EncodedSpan[];
}

export function createSpanEncoder(): SpanEncoder {
  let preamble: Buffer = Buffer.alloc(0);

  function encodeAlike(spans: ReadableSpan[], encoded: EncodedSpan[]): void {
    const request = ProtobufTraceSerializer.serializeRequest(spans);
    if (request === undefined) throw new Error('the OTLP serialiser gave nothing');
    const parts = takeApart(request);
    if (parts.spans.length !== spans.length) {
      throw new Error(`the OTLP serialiser made ${parts.spans.length} spans of ${spans.length}`);
    }
    if (!parts.preamble.equals(preamble)) preamble = parts.preamble;
    for (const span of parts.spans) encoded.push({ preamble, span });
  }

  return {
    encode(spans) {
      const encoded: EncodedSpan[] = [];
      for (let from = 0; from < spans.length; ) {
        const to = endOfRun(spans, from);
        encodeAlike(spans.slice(from, to), encoded);
        from = to;
      }
      return encoded;
    },
  };
}

/** The serialiser groups by resource and scope; spans of one group after the other keep their order. */
function endOfRun(spans: readonly ReadableSpan[], from: number): number {
  const first = spans[from];
  const isAlike = (span: ReadableSpan | undefined): boolean =>
    span?.resource === first?.resource && span?.instrumentationScope === first?.instrumentationScope;
  let to = from + 1;
  while (to < spans.length && isAlike(spans[to])) to++;
  return to;
}

/** A request of one resource and one scope: its spans, and the request that is left without them. */
function takeApart(request: Uint8Array): { preamble: Buffer; spans: Buffer[] } {
  const spans: Buffer[] = [];
  const aroundScope: Buffer[] = [];
  const aroundSpans: Buffer[] = [];
  for (const { content: resourceSpans } of lengthDelimitedFields(cursorOver(request))) {
    for (const inner of lengthDelimitedFields(resourceSpans)) {
      if (inner.number !== RESOURCE_SPANS_SCOPE_SPANS) {
        aroundScope.push(field(inner.number, contentOf(inner.content)));
        continue;
      }
      for (const { number, content } of lengthDelimitedFields(inner.content)) {
        if (number === SCOPE_SPANS_SPANS) spans.push(contentOf(content));
        else aroundSpans.push(field(number, contentOf(content)));
      }
    }
  }
  const scopeSpans = field(RESOURCE_SPANS_SCOPE_SPANS, ...aroundSpans);
  return { preamble: field(REQUEST_RESOURCE_SPANS, ...aroundScope, scopeSpans), spans };
}
