import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSpanEncoder } from '../../src/delivery/encode.ts';
import { createFrame, frameSpans } from '../../src/delivery/frame.ts';
import { otlpJson } from '../../src/delivery/otlp-json.ts';
import { field } from '../../src/delivery/wire.ts';
import { spansOfOneOrigin } from './arbitrary-spans.ts';
import { decodeRequest, namesOf } from './otlp-proto.ts';
import { makeSpan, makeSpans, SCOPE } from './spans.ts';

describe('span bytes', () => {
  it('framed again decode to what the serialiser wrote', () => {
    fc.assert(
      fc.property(spansOfOneOrigin, spans => {
        const encoded = createSpanEncoder().encode(spans);
        expect(encoded).toHaveLength(spans.length);
        expect(decodeRequest(frameSpans(encoded))).toEqual(decodeRequest(serialised(spans)));
      }),
    );
  });

  it('are the same whether encoded alone or with others', () => {
    fc.assert(
      fc.property(spansOfOneOrigin, spans => {
        const encoder = createSpanEncoder();
        expect(spans.flatMap(span => encoder.encode([span]))).toEqual(encoder.encode(spans));
      }),
    );
  });

  it('share one preamble as long as resource and scope are equal', () => {
    const encoder = createSpanEncoder();
    const [first] = encoder.encode(makeSpans(2));
    const again = encoder.encode([makeSpan(), makeSpan({ instrumentationScope: { ...SCOPE } })]);
    expect(again.map(({ preamble }) => preamble === first?.preamble)).toEqual([true, true]);
  });

  it('keep the order of spans of different origins', () => {
    const other = resourceFromAttributes({ 'service.name': 'other' });
    const spans = makeSpans(6).map((span, i) => (i % 2 === 0 ? span : { ...span, resource: other }));
    const encoded = createSpanEncoder().encode(spans);
    expect(encoded.map(span => namesOf(decodeRequest(frameSpans([span])))[0])).toEqual(spans.map(({ name }) => name));
    const framed = decodeRequest(frameSpans(encoded));
    expect(framed.map(({ scopeSpans }) => scopeSpans[0]?.spans.map(({ name }) => name))).toEqual([
      ['span 1', 'span 3', 'span 5'],
      ['span 2', 'span 4', 'span 6'],
    ]);
  });

  it('know the size of their request exactly, at every span', () => {
    const spans = [
      ...makeSpans(40),
      ...[10, 100, 127, 128, 16_300, 16_400, 70_000, 2_100_000].map(length => makeSpan({ name: 'x'.repeat(length) })),
      ...makeSpans(3).map(span => ({ ...span, resource: resourceFromAttributes({ 'service.name': 'other' }) })),
    ];
    const frame = createFrame();
    for (const span of createSpanEncoder().encode(spans)) {
      frame.add(span);
      expect(frame.bytes()).toHaveLength(frame.size);
    }
    expect(frame.spans).toBe(spans.length);
    expect(namesOf(decodeRequest(frame.bytes()))).toEqual(spans.map(({ name }) => name));
  });

  it('of no spans are no bytes', () => {
    expect(createSpanEncoder().encode([])).toEqual([]);
    expect(frameSpans([])).toHaveLength(0);
  });
});

describe('OTLP/JSON', () => {
  it('is what the JSON serialiser writes, letter by letter', () => {
    fc.assert(
      fc.property(spansOfOneOrigin, spans => {
        const ours = otlpJson(frameSpans(createSpanEncoder().encode(spans)));
        expect(ours).toBe(JSON.stringify(asSpecified(JSON.parse(stock(spans)))));
      }),
      { numRuns: 300 },
    );
  });

  it('names the numbers that JSON does not have, and keeps integers beyond int64', () => {
    const attributes = { a: Number.NaN, b: Number.POSITIVE_INFINITY, c: Number.NEGATIVE_INFINITY, d: 1e300 };
    const json = otlpJson(frameSpans(createSpanEncoder().encode([makeSpan({ attributes })])));
    expect(json).toContain(
      '"attributes":[{"key":"a","value":{"doubleValue":"NaN"}},{"key":"b","value":{"doubleValue":"Infinity"}},' +
        '{"key":"c","value":{"doubleValue":"-Infinity"}},{"key":"d","value":{"doubleValue":1e+300}}]',
    );
  });

  it('leaves out fields of a later OTLP', () => {
    const [span] = createSpanEncoder().encode(makeSpans(1));
    if (span === undefined) throw new Error('one span was expected');
    const later = {
      ...span,
      span: Buffer.concat([span.span, Buffer.from([0xf8, 0x07, 1]), field(15, Buffer.alloc(0))]),
    };
    expect(JSON.parse(otlpJson(frameSpans([later]))).resourceSpans[0].scopeSpans[0].spans[0].name).toBe('span 1');
  });

  it('refuses bytes that are cut off, and nesting that no JSON reader follows, without losing its own stack', () => {
    const whole = frameSpans(createSpanEncoder().encode(makeSpans(3)));
    for (let length = 1; length < whole.length; length += 1) {
      expect(() => otlpJson(whole.subarray(0, length))).toThrow(RangeError);
    }
    expect(() => otlpJson(frameSpans([deep(100_000)]))).toThrow(RangeError);
    expect(JSON.parse(otlpJson(frameSpans([deep(500)])))).toBeDefined();
  });
});

function serialised(spans: ReadableSpan[]): Uint8Array {
  return ProtobufTraceSerializer.serializeRequest(spans) ?? new Uint8Array();
}

function stock(spans: ReadableSpan[]): string {
  return new TextDecoder().decode(JsonTraceSerializer.serializeRequest(spans));
}

/**
 * The stock serialiser departs from OTLP/JSON in two places, where ours does not: it writes `intValue` as a number, and
 * repeats the schema URL inside of `resource`.
 */
function asSpecified(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asSpecified);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !(key === 'schemaUrl' && 'droppedAttributesCount' in value))
      .map(([key, inner]) => [key, key === 'intValue' ? BigInt(inner).toString() : asSpecified(inner)]),
  );
}

/** A span with an attribute of lists in lists, which the serialiser would not get through itself. */
function deep(levels: number) {
  const [span] = createSpanEncoder().encode(makeSpans(1));
  if (span === undefined) throw new Error('one span was expected');
  // Prepending a level copies what is inside: build from the lengths instead, outermost first.
  const heads: Buffer[] = [];
  let length = 0;
  for (let level = 0; level < levels; level += 1) {
    const list = field(1, Buffer.alloc(0)).subarray(0, 1);
    for (const tag of [list, Buffer.from([0x2a])]) {
      const head = Buffer.concat([tag, varint(length)]);
      heads.push(head);
      length += head.length;
    }
  }
  const value = Buffer.concat([varintField(2, length), ...heads.reverse()]);
  return { ...span, span: Buffer.concat([span.span, field(9, field(1, Buffer.from('deep')), value)]) };
}

function varintField(number: number, length: number): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(length)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}
