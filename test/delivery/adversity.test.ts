/** Backends that misbehave, on real sockets: nothing is lost, and nothing but poison is buried. */
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import type { OtlpProtocol } from '../../src/delivery/settings.ts';
import { type Backend, EVERYTHING_TAKEN, type Received, startGrpcBackend, startHttpBackend } from './backends.ts';
import { drained, putIntoOutbox, type Running, settingsFor, startDelivery, toldIn } from './harness.ts';
import { responseBytes } from './otlp-proto.ts';
import { makeSpan, makeSpans } from './spans.ts';

type Trouble = 'fine' | 'refused' | 'too large' | 'down' | 'throttled' | 'hang' | 'cut' | 'partial';

const HTTP = {
  fine: {},
  refused: { status: 400, body: 'bad span' },
  'too large': { status: 413 },
  down: { status: 503 },
  throttled: { status: 429, headers: { 'retry-after': '0' } },
  hang: 'hang',
  cut: 'cut',
  partial: { body: responseBytes(2, 'too old') },
} as const;

const GRPC = {
  fine: EVERYTHING_TAKEN,
  refused: { code: status.INVALID_ARGUMENT, details: 'bad span' },
  'too large': { code: status.RESOURCE_EXHAUSTED, details: 'grpc: received message larger than max (9 vs. 8)' },
  down: { code: status.UNAVAILABLE },
  throttled: { code: status.RESOURCE_EXHAUSTED, details: 'slow down' },
  hang: 'hang',
  cut: { code: status.INTERNAL },
  partial: responseBytes(2, 'too old'),
} as const;

describe.each(['http/protobuf', 'http/json', 'grpc'] as const)('over %s', protocol => {
  let backend: Backend;
  let running: Running;

  afterEach(async () => {
    await running.stop();
    await backend.close();
  });

  async function start(
    behave: (received: Received, count: number) => Trouble,
    batch = { maxSpans: 512, maxBytes: 2e6 },
  ) {
    let count = 0;
    backend = await startBackend(protocol, received => {
      count += 1;
      return behave(received, count);
    });
    running = await startDelivery(settingsFor(backend.url, { protocol, batch, timeoutMs: 300, compression: 'gzip' }));
  }

  const takenOnce = (names: readonly string[]) => expect([...backend.taken].sort()).toEqual([...names].sort());

  it('one poison span of 200 alone goes to the dead letters', async () => {
    await start(({ names }) => (names.includes('span 123') ? 'refused' : 'fine'));
    const spans = makeSpans(200);
    await putIntoOutbox(running.journal, spans);
    await drained(running.journal);
    takenOnce(spans.map(({ name }) => name).filter(name => name !== 'span 123'));
    expect(running.journal.deadLetters(undefined, 10)).toMatchObject([{ reason: expect.stringContaining('bad span') }]);
  });

  it('a request that is too large is made smaller, and the span that alone is too large is buried', async () => {
    await start(({ bytes }) => (bytes > 20_000 ? 'too large' : 'fine'));
    const spans = makeSpans(300);
    const large = makeSpan({ name: 'large', attributes: { text: 'x'.repeat(30_000) } });
    await putIntoOutbox(running.journal, [...spans, large]);
    await drained(running.journal);
    takenOnce(spans.map(({ name }) => name));
    expect(running.journal.stats().deadLetters).toBe(1);
  });

  it.each(['down', 'throttled', 'hang', 'cut'] as const)(
    'a backend in trouble (%s) gets everything afterwards',
    async trouble => {
      await start((_, count) => (count <= 3 ? trouble : 'fine'), { maxSpans: 20, maxBytes: 2e6 });
      const spans = makeSpans(100);
      await putIntoOutbox(running.journal, spans);
      await drained(running.journal);
      takenOnce(spans.map(({ name }) => name));
      expect(running.delivery.trouble()).toBeUndefined();
      expect(toldIn(running.events)).toMatchObject({ retry: 3, buried: 0, delivered: 100 });
    },
  );

  it('a backend that refuses everything has nothing buried, and gets everything once it does not', async () => {
    let broken = true;
    await start(() => (broken ? 'refused' : 'fine'));
    const spans = makeSpans(20);
    await putIntoOutbox(running.journal, spans);
    expect(await running.delivery.flush(100)).toBe(false);
    expect(running.journal.stats()).toMatchObject({ undelivered: 20, deadLetters: 0 });
    broken = false;
    await drained(running.journal);
    takenOnce(spans.map(({ name }) => name));
    expect(running.journal.stats().deadLetters).toBe(0);
  });

  it('partial success is counted, and not sent again', async () => {
    await start(() => 'partial');
    await putIntoOutbox(running.journal, makeSpans(10));
    await drained(running.journal);
    expect(backend.received).toHaveLength(1);
    expect(toldIn(running.events)).toMatchObject({ delivered: 8, rejected: 2 });
    expect(running.log.entries).toMatchObject([{ level: 'warn', message: expect.stringContaining('too old') }]);
  });
});

function startBackend(protocol: OtlpProtocol, behave: (received: Received) => Trouble): Promise<Backend> {
  return protocol === 'grpc'
    ? startGrpcBackend(received => GRPC[behave(received)])
    : startHttpBackend(received => HTTP[behave(received)]);
}
