import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createByteBudget } from '../../src/webhook/byte-budget.ts';
import { createHandover, type Handover } from '../../src/webhook/handover.ts';
import type { Receipt } from '../../src/webhook/receiver.ts';
import { createTestReceiver, GOOD, post, startServer, type TestReceiver } from './support.ts';

const SOURCE = 'default';
/** What a byte takes up while it is read, and an event until it is durable. */
const READ_FROM_BYTE = 10;
const EVENT_BYTES = 1_000;

const textOf = (events: number, data: unknown = {}): string =>
  JSON.stringify({ events: Array.from({ length: events }, (_, at) => ({ ...GOOD, id: `${at}`, data })) });
const bodyOf = (events: number, data?: unknown): Buffer => Buffer.from(textOf(events, data));

interface Desk {
  readonly receiver: TestReceiver;
  /** Makes the first of those durable that are not, or fails it. */
  readonly finish: (receipt?: Receipt | Error) => Promise<void>;
}

function createDesk(receiver = createTestReceiver()): Desk {
  const waiting: ((receipt: Receipt | Error) => void)[] = [];
  receiver.respond = () =>
    new Promise((resolve, reject) => {
      waiting.push(receipt => (receipt instanceof Error ? reject(receipt) : resolve(receipt)));
    });
  return {
    receiver,
    async finish(receipt = { status: 'durable', accepted: 1, duplicates: 0 }) {
      waiting.shift()?.(receipt);
      await turn();
    },
  };
}

function start(totalBytes: number): Desk & { readonly handover: Handover } {
  const desk = createDesk();
  return { ...desk, handover: createHandover({ receiver: desk.receiver, budget: createByteBudget(totalBytes) }) };
}

describe('a body', () => {
  it('is not read before there is room for what it becomes', async () => {
    const bytes = bodyOf(50);
    const { receiver, finish, handover } = start(bytes.length * READ_FROM_BYTE);
    const answers = [1, 2].map(() => handover({ source: SOURCE, bytes }));
    await turn();
    expect(receiver.batches).toHaveLength(1);
    await finish();
    expect(receiver.batches).toHaveLength(2);
    await finish();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
  });

  it('of few and large events keeps none waiting', async () => {
    const bytes = bodyOf(1, 'x'.repeat(3_000));
    const { receiver, handover } = start(bytes.length * READ_FROM_BYTE + 10 * EVENT_BYTES);
    for (let count = 0; count < 10; count++) void handover({ source: SOURCE, bytes });
    await turn();
    expect(receiver.batches).toHaveLength(10);
  });

  it('larger than all the room has it alone', async () => {
    const { receiver, finish, handover } = start(10_000);
    void handover({ source: SOURCE, bytes: bodyOf(1) });
    void handover({ source: SOURCE, bytes: bodyOf(100) });
    void handover({ source: SOURCE, bytes: bodyOf(1) });
    await turn();
    expect(receiver.batches.map(({ events }) => events.length)).toEqual([1]);
    await finish();
    expect(receiver.batches.map(({ events }) => events.length)).toEqual([1, 100]);
    await finish();
    expect(receiver.batches.map(({ events }) => events.length)).toEqual([1, 100, 1]);
  });

  it('gives its room back however it ends', async () => {
    const { receiver, finish, handover } = start(5_000);
    const ends = ['no JSON', '[]', '[7]'].map(text => handover({ source: SOURCE, bytes: Buffer.from(text) }));
    expect((await Promise.all(ends)).map(({ status }) => status)).toEqual([400, 200, 400]);
    for (const receipt of [
      { status: 'unavailable', reason: 'full', retryAfterSeconds: 1 } as const,
      new Error('nobody foresaw this'),
    ]) {
      receiver.batches.length = 0;
      const settled = Promise.allSettled([handover({ source: SOURCE, bytes: bodyOf(100) })]);
      await turn();
      expect(receiver.batches).toHaveLength(1);
      await finish(receipt);
      await settled;
    }
  });
});

describe('bodies of any size', () => {
  it('are read in the order in which they came, and none while it would be too much', async () => {
    const room = 60_000;
    const sizes = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(sizes, fc.scheduler(), async (counts, scheduler) => {
        const { receiver, handover } = start(room);
        let kept = 0;
        receiver.respond = async ({ bytes, events }) => {
          if (kept > 0) expect(kept + bytes.length * READ_FROM_BYTE).toBeLessThanOrEqual(room);
          const held = events.length * EVENT_BYTES;
          kept += held;
          await scheduler.schedule(Promise.resolve());
          kept -= held;
          return { status: 'durable', accepted: events.length, duplicates: 0 };
        };
        const answers = Promise.all(counts.map(events => handover({ source: SOURCE, bytes: bodyOf(events) })));
        await scheduler.waitFor(answers);
        expect((await answers).map(({ body }) => body)).toMatchObject(counts.map(accepted => ({ accepted })));
        expect(receiver.batches.map(({ events }) => events.length)).toEqual(counts);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a body that waits for its turn', () => {
  const text = textOf(200);

  it('is kept though its sender has gone, and keeps nobody from his turn', async () => {
    const server = await startServer();
    const desk = createDesk(server.receiver);
    const first = post(server, text);
    await expect.poll(() => server.receiver.batches.length).toBe(1);

    const gone = connect(server.port, '127.0.0.1');
    const head = `POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${text.length}`;
    await new Promise(resolve => gone.write(`${head}\r\n\r\n${text}`, resolve));
    await expect.poll(() => server.budget.used).toBe(2 * text.length);
    const last = post(server, text);
    await expect.poll(() => server.budget.used).toBe(3 * text.length);
    gone.destroy();
    expect(server.receiver.batches).toHaveLength(1);

    for (const read of [2, 3]) {
      await desk.finish();
      expect(server.receiver.batches).toHaveLength(read);
    }
    await desk.finish();
    expect((await Promise.all([first, last])).map(({ status }) => status)).toEqual([200, 200]);
    expect(server.budget.used).toBe(0);
    await server.app.close();
  });

  it('is answered before the server closes', async () => {
    const server = await startServer();
    const desk = createDesk(server.receiver);
    const answers = [post(server, text), post(server, text)];
    await expect.poll(() => server.budget.used).toBe(2 * text.length);
    const closed = server.app.close();
    await expect.poll(() => server.app.server.listening).toBe(false);
    await desk.finish();
    await desk.finish();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
    await closed;
  });
});
