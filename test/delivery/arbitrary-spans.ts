/** Spans of every shape that OpenTelemetry allows, for properties. */
import { createTraceState, type HrTime, type SpanContext } from '@opentelemetry/api';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import { makeSpan } from './spans.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('', '__proto__', 'Ünïcödé', '日本語', '👩‍👩‍👧', 'x'.repeat(300), '"\\\n\u0000'),
);
const nonEmpty = text.map(value => value || 'x');

/** Integers that a JSON number holds exactly, on both sides of 32 and 53 bits; no integer outside int64. */
const number = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(0, -0, -1, 2 ** 32, -(2 ** 33), 2 ** 53, 2 ** 62, -(2 ** 63)),
  fc.double({ noNaN: true, noDefaultInfinity: true, noInteger: true }),
);

const { value } = fc.letrec(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    number,
    fc.boolean(),
    fc.uint8Array({ maxLength: 40 }),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(nonEmpty, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

const attributes = fc.dictionary(text, value, { maxKeys: 6, noNullPrototype: true });

const id = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map(raw => Buffer.from(raw).toString('hex'));

const time: fc.Arbitrary<HrTime> = fc.tuple(
  fc.integer({ min: 0, max: 18_446_744_072 }),
  fc.integer({ min: 0, max: 999_999_999 }),
);

const context: fc.Arbitrary<SpanContext> = fc
  .record({
    traceId: id(16),
    spanId: id(8),
    traceFlags: fc.integer({ min: 0, max: 255 }),
    isRemote: fc.boolean(),
    state: fc.constantFrom(undefined, 'a=1', 'a=1,b=2'),
  })
  .map(({ state, ...rest }) => (state === undefined ? rest : { ...rest, traceState: createTraceState(state) }));

const count = fc.oneof(fc.constant(0), fc.nat({ max: 0xffffffff }));

const event = fc.record({ name: text, time, attributes, droppedAttributesCount: count });
const link = fc.record({ context, attributes, droppedAttributesCount: count });
const status = fc
  .record({ code: fc.constantFrom(0, 1, 2), message: fc.option(nonEmpty, { nil: undefined }) })
  .map(({ code, message }) => (message === undefined ? { code } : { code, message }));

const schemaUrl = fc.constantFrom(undefined, 'https://opentelemetry.io/schemas/1.40.0');

const resource: fc.Arbitrary<Resource> = fc
  .record({ name: text, schemaUrl })
  .map(({ name, schemaUrl }) =>
    resourceFromAttributes({ 'service.name': name }, schemaUrl === undefined ? {} : { schemaUrl }),
  );

const scope = fc
  .record({ name: nonEmpty, version: fc.option(nonEmpty, { nil: undefined }), schemaUrl })
  .map(({ name, version, schemaUrl }) => ({
    name,
    ...(version === undefined ? {} : { version }),
    ...(schemaUrl === undefined ? {} : { schemaUrl }),
  }));

const span = fc
  .record({
    context,
    parent: fc.option(context, { nil: undefined }),
    name: text,
    kind: fc.integer({ min: 0, max: 4 }),
    startTime: time,
    endTime: time,
    attributes,
    events: fc.array(event, { maxLength: 3 }),
    links: fc.array(link, { maxLength: 3 }),
    status,
    droppedAttributesCount: count,
    droppedEventsCount: count,
    droppedLinksCount: count,
  })
  // The serialisers also take the nested values that OpenTelemetry's type of an attribute does not know yet.
  .map(
    ({ context, parent, ...rest }) =>
      makeSpan({
        ...(rest as unknown as Partial<ReadableSpan>),
        spanContext: () => context,
        ...(parent === undefined ? {} : { parentSpanContext: parent }),
      }) satisfies ReadableSpan,
  );

/** Several spans of one resource and one scope. */
export const spansOfOneOrigin: fc.Arbitrary<ReadableSpan[]> = fc
  .tuple(resource, scope, fc.array(span, { minLength: 1, maxLength: 5 }))
  .map(([resource, instrumentationScope, spans]) =>
    spans.map(span => ({ ...span, resource, instrumentationScope }) satisfies ReadableSpan),
  );
