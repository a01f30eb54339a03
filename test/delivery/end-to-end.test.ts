/** From a span to the backend, in every protocol, over real sockets. */
import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OtlpProtocol } from '../../src/delivery/settings.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import { freePort } from '../support/ports.ts';
import { type Backend, EVERYTHING_TAKEN, startGrpcBackend, startHttpBackend } from './backends.ts';
import { drained, putIntoOutbox, type Running, settingsFor, startDelivery, toldIn } from './harness.ts';
import { makeSpan, makeSpans } from './spans.ts';

const startBackend = (protocol: OtlpProtocol, port = 0): Promise<Backend> =>
  protocol === 'grpc' ? startGrpcBackend(() => EVERYTHING_TAKEN, { port }) : startHttpBackend(() => ({}), { port });

describe.each(['http/protobuf', 'http/json', 'grpc'] as const)('over %s', protocol => {
  let backend: Backend;
  let running: Running | undefined;

  beforeEach(async () => {
    backend = await startBackend(protocol);
  });

  afterEach(async () => {
    await running?.stop();
    await backend.close();
  });

  it.each(['none', 'gzip'] as const)('a span arrives whole (compression %s)', async compression => {
    const headers = { 'X-Api-Key': 'k1', tenant: 'acme' };
    running = await startDelivery(settingsFor(backend.url, { protocol, compression, headers }));
    const parent = {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: TraceFlags.SAMPLED,
    };
    const span = makeSpan({
      id: 0xabc,
      name: 'chat gpt-5 ✓',
      kind: SpanKind.CLIENT,
      parentSpanContext: parent,
      attributes: { 'gen_ai.usage.input_tokens': 12, long: 'x'.repeat(5000), list: ['a', 'b'], ratio: 0.5, on: true },
      events: [{ name: 'first', time: [1_763_900_000, 5], attributes: { n: 1 } }],
      links: [{ context: parent, attributes: { 'crewspan.link': 'resumed' } }],
      status: { code: SpanStatusCode.ERROR, message: 'boom' },
    });
    await putIntoOutbox(running.journal, [span]);
    await drained(running.journal);

    const [received] = backend.received;
    expect(received?.headers).toMatchObject({ 'x-api-key': 'k1', tenant: 'acme' });
    const json = protocol === 'http/json';
    const id = (hex: string) => (json ? hex : Buffer.from(hex, 'hex').toString('base64'));
    expect(received?.resourceSpans).toMatchObject([
      {
        resource: {
          attributes: [
            { key: 'service.name', value: { stringValue: 'crewai' } },
            { key: 'replicas', value: { intValue: '3' } },
          ],
        },
        scopeSpans: [
          {
            scope: { name: 'crewspan', version: '0.1.0' },
            spans: [
              {
                traceId: id(parent.traceId),
                spanId: id('0000000000000abc'),
                parentSpanId: id(parent.spanId),
                name: 'chat gpt-5 ✓',
                kind: 3,
                startTimeUnixNano: '1763900000123456789',
                endTimeUnixNano: '1763900001000000007',
                attributes: [
                  { key: 'gen_ai.usage.input_tokens', value: { intValue: '12' } },
                  { key: 'long', value: { stringValue: 'x'.repeat(5000) } },
                  { key: 'list', value: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } } },
                  { key: 'ratio', value: { doubleValue: 0.5 } },
                  { key: 'on', value: { boolValue: true } },
                ],
                events: [{ name: 'first', timeUnixNano: '1763900000000000005' }],
                links: [{ spanId: id(parent.spanId) }],
                status: { code: 2, message: 'boom' },
                flags: 0x101,
              },
            ],
          },
        ],
      },
    ]);
  });

  it('many spans arrive once each, in order, in bounded requests', async () => {
    const limits = { maxSpans: 100, maxBytes: 8_000 };
    running = await startDelivery(settingsFor(backend.url, { protocol, batch: limits, concurrency: 1 }));
    const spans = makeSpans(1000);
    await putIntoOutbox(running.journal, spans);
    await drained(running.journal);
    expect(backend.received.flatMap(({ names }) => names)).toEqual(spans.map(({ name }) => name));
    for (const { names, bytes } of backend.received) {
      expect(names.length).toBeLessThanOrEqual(100);
      if (protocol !== 'http/json') expect(bytes).toBeLessThanOrEqual(8_000);
    }
    expect(running.delivery.trouble()).toBeUndefined();
    expect(toldIn(running.events)).toMatchObject({ delivered: 1000, retry: 0 });
  });

  it('a backend that is down gets everything once it is up, and one that goes away in between loses nothing', async () => {
    await backend.close();
    const port = await freePort();
    const url = new URL(backend.url);
    url.port = String(port);
    const journal = createMemoryJournal();
    await putIntoOutbox(journal, makeSpans(50));
    running = await startDelivery(settingsFor(url, { protocol, timeoutMs: 500 }), { journal });
    expect(await running.delivery.flush(50)).toBe(false);
    const { delivery } = running;
    // A machine at its limit does not get that far within the flush.
    await vi.waitFor(() => expect(delivery.trouble()?.message ?? '').toContain(`localhost:${port}`));
    expect(journal.stats().undelivered).toBe(50);

    backend = await startBackend(protocol, port);
    await drained(journal);
    expect([...backend.taken].sort()).toEqual(
      makeSpans(50)
        .map(({ name }) => name)
        .sort(),
    );
    await backend.close();

    await putIntoOutbox(journal, makeSpans(10));
    expect(await running.delivery.flush(50)).toBe(false);
    backend = await startBackend(protocol, port);
    await drained(journal);
    expect(backend.taken).toHaveLength(10);
    expect(running.delivery.trouble()).toBeUndefined();
    expect(toldIn(running.events)).toMatchObject({ buried: 0, delivered: 60 });
  });
});
