import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { createByteBudget } from '../../src/webhook/byte-budget.ts';
import type { Receipt } from '../../src/webhook/receiver.ts';
import { GOOD, MAX_BODY, post, startServer, type TestServer } from './support.ts';

describe('the byte budget', () => {
  it('hands out what is there and takes it back once', async () => {
    const budget = createByteBudget(100);
    const lease = await budget.acquire(60);
    expect(budget.used).toBe(60);
    lease.shrink(10);
    lease.shrink(50);
    expect(budget.used).toBe(10);
    lease.release();
    lease.release();
    expect(budget.used).toBe(0);
  });

  it('refuses who waited in vain, and serves who stood behind', async () => {
    const budget = createByteBudget(100);
    await budget.acquire(60);
    const large = budget.acquireWithin(90, 20);
    const small = createSignal(budget.acquireWithin(40, 60_000));
    await turn();
    expect(small.done).toBe(false);
    expect(await large).toBeUndefined();
    expect(await small.promise).toBeDefined();
  });

  it('cuts a wish for more than there is', async () => {
    const budget = createByteBudget(100);
    await budget.acquire(1000);
    expect(budget.used).toBe(100);
  });

  it('serves all in the order of arrival, and never hands out more than there is, whatever is given back when', async () => {
    const wish = fc.record({ bytes: fc.nat(150), shrunk: fc.nat(150), limited: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(wish, { minLength: 1, maxLength: 30 }), fc.scheduler(), async (wishes, scheduler) => {
        const budget = createByteBudget(100);
        const served: number[] = [];
        const all = wishes.map(async ({ bytes, shrunk, limited }, index) => {
          const lease = limited ? await budget.acquireWithin(bytes, 60_000) : await budget.acquire(bytes);
          served.push(index);
          expect(budget.used).toBeLessThanOrEqual(100);
          await scheduler.schedule(Promise.resolve());
          lease?.shrink(shrunk);
          await scheduler.schedule(Promise.resolve());
          lease?.release();
        });
        await scheduler.waitFor(Promise.all(all));
        expect(served).toEqual(wishes.map((_wish, index) => index));
        expect(budget.used).toBe(0);
      }),
    );
  });
});

describe('a server whose budget is exhausted', () => {
  let server: TestServer;

  afterEach(async () => {
    await server.app.close();
  });

  it('answers 503 after a while, and goes on when there is room again', async () => {
    server = await startServer({ maxInFlightBytes: MAX_BODY, timeouts: { room: 10 } });
    const journal = withResolvers<Receipt>();
    server.receiver.respond = () => journal.promise;
    const large = { events: [{ ...GOOD, data: 'x'.repeat(MAX_BODY - 1000) }] };
    const first = post(server, large);
    while (server.receiver.batches.length === 0) await turn();

    const second = await post(server, large);
    expect(second.status).toBe(503);
    expect(second.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(second.body).toEqual({ error: 'too many bodies at once' });

    journal.resolve({ status: 'durable', accepted: 1, duplicates: 0 });
    expect((await first).status).toBe(200);
    expect((await post(server, large)).status).toBe(200);
  });

  it('lets who comes meanwhile wait', async () => {
    server = await startServer({ maxInFlightBytes: MAX_BODY, timeouts: { room: 60_000 } });
    const large = { events: [{ ...GOOD, data: 'x'.repeat(MAX_BODY - 1000) }] };
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(server, large)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
  });
});

function createSignal<T>(promise: Promise<T>): { readonly promise: Promise<T>; done: boolean } {
  const signal = { promise, done: false };
  const mark = () => {
    signal.done = true;
  };
  promise.then(mark, mark);
  return signal;
}

function withResolvers<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>(settle => {
    resolve = settle;
  });
  return { promise, resolve };
}
