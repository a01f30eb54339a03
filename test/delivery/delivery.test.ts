import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDelivery, type Delivery } from '../../src/delivery/delivery.ts';
import { createSpanEncoder } from '../../src/delivery/encode.ts';
import type { DeliveryEvent } from '../../src/delivery/record.ts';
import type { DeliverySettings } from '../../src/delivery/settings.ts';
import type { ExportOutcome } from '../../src/delivery/transport.ts';
import { CrewspanError } from '../../src/errors.ts';
import type { Journal } from '../../src/journal/journal.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import { createFakeBackend, DOWN, type FakeBackend, REFUSED, TAKEN } from './fake-backend.ts';
import { putEncoded, putIntoOutbox, recordingLog, toldIn } from './harness.ts';
import { createManualClock, type ManualClock, settled } from './manual-clock.ts';
import { makeSpan, makeSpans } from './spans.ts';

let journal: Journal;
let backend: FakeBackend;
let clock: ManualClock;
let log: ReturnType<typeof recordingLog>;
let events: DeliveryEvent[];
let delivery: Delivery;

const SETTINGS = { batch: { maxSpans: 512, maxBytes: 2 * 1024 * 1024 }, concurrency: 2 };

function create(settings: Partial<Pick<DeliverySettings, 'batch' | 'concurrency'>> = {}): Delivery {
  const observe = (event: DeliveryEvent) => void events.push(event);
  const all = { ...SETTINGS, ...settings };
  // The longest wait that jitter allows, so that waits are known.
  delivery = createDelivery({ journal, transport: backend, settings: all, log, clock, observe, random: () => 1 });
  return delivery;
}

const CERTAIN: ExportOutcome = { kind: 'payload', cause: 'NO_JSON', message: 'too deep', certain: true };

const put = (spans: ReturnType<typeof makeSpans>) => putIntoOutbox(journal, spans);
const names = (count: number) => makeSpans(count).map(({ name }) => name);
const buried = () => journal.deadLetters(undefined, 100_000).length;

beforeEach(() => {
  journal = createMemoryJournal();
  backend = createFakeBackend();
  clock = createManualClock();
  log = recordingLog();
  events = [];
});

afterEach(async () => delivery.stop());

describe('batches', () => {
  it('form while spans linger', async () => {
    create().start();
    await put(makeSpans(1));
    await clock.advance(199);
    await put(makeSpans(2));
    expect(backend.asked).toEqual([]);
    await clock.advance(1);
    expect(backend.asked).toEqual([['span 1', 'span 1', 'span 2']]);
    expect(journal.stats().undelivered).toBe(0);
  });

  it('do not linger over what the outbox held at the start', async () => {
    await put(makeSpans(3));
    create().start();
    await clock.advance(0);
    expect(backend.asked).toEqual([names(3)]);
  });

  it('hold no more spans, and no more bytes, than the settings say', async () => {
    await put(makeSpans(1000));
    create({ batch: { maxSpans: 300, maxBytes: 10_000 } }).start();
    await clock.advance(0);
    expect(backend.taken).toEqual(names(1000));
    for (const asked of backend.asked) expect(asked.length).toBeLessThanOrEqual(300);
    for (const bytes of backend.bytes) expect(bytes).toBeLessThanOrEqual(10_000);
    expect(Math.max(...backend.bytes.slice(0, -1))).toBeGreaterThan(9_800);
  });

  it('hold one span that is larger than a batch may be', async () => {
    const large = { ...makeSpan(), attributes: { text: 'x'.repeat(20_000) } };
    await put([...makeSpans(2), large, ...makeSpans(2)]);
    create({ batch: { maxSpans: 512, maxBytes: 10_000 }, concurrency: 1 }).start();
    await clock.advance(0);
    expect(backend.asked.map(({ length }) => length)).toEqual([2, 1, 2]);
  });

  it('go out side by side, no more than the settings say', async () => {
    await put(makeSpans(100));
    backend.behave = () => 'hang';
    create({ batch: { maxSpans: 10, maxBytes: 1e6 }, concurrency: 3 }).start();
    await clock.advance(60_000);
    expect(backend.asked).toHaveLength(3);
  });
});

describe('a backend that is down', () => {
  it('is asked again, ever more slowly, for as long as it takes', async () => {
    await put(makeSpans(5));
    backend.behave = () => DOWN;
    create().start();
    const waits: number[] = [];
    await settled();
    for (let i = 0; i < 8; i += 1) {
      waits.push(clock.nextIn ?? 0);
      await clock.advance(clock.nextIn ?? 0);
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    await clock.advance(7 * 24 * 3_600_000);
    expect(journal.stats()).toMatchObject({ undelivered: 5, deadLetters: 0 });
    backend.behave = () => TAKEN;
    await clock.advance(30_000);
    expect([...backend.taken].sort()).toEqual(names(5));
    expect(journal.stats().undelivered).toBe(0);
  });

  it('keeps what is held in memory bounded, and gets everything when it is up', async () => {
    await put(makeSpans(1000));
    backend.behave = () => DOWN;
    create({ batch: { maxSpans: 10, maxBytes: 1e6 } }).start();
    await clock.advance(30_000);
    expect(new Set(backend.asked.flat()).size).toBeLessThanOrEqual(70);
    await clock.advance(24 * 3_600_000);
    backend.behave = () => TAKEN;
    await clock.advance(30_000);
    expect([...backend.taken].sort()).toEqual(names(1000).sort());
  });

  it('for long is asked with little, and gets a long outbox all the same', async () => {
    for (let part = 0; part < 15; part += 1) await put(makeSpans(1000));
    backend.behave = () => DOWN;
    create().start();
    await clock.advance(24 * 3_600_000);
    const before = backend.asked.length;
    await clock.advance(3_600_000);
    // A single span, each half minute.
    expect(backend.asked.slice(before)).toHaveLength(120);
    expect(backend.asked.slice(before).every(({ length }) => length === 1)).toBe(true);
    backend.behave = () => TAKEN;
    await clock.advance(30_000);
    expect(backend.taken).toHaveLength(15_000);
  });

  it('is left alone as long as it asks for', async () => {
    await put(makeSpans(30));
    backend.behave = () => ({ ...DOWN, retryAfterMs: 120_000 }) as typeof DOWN;
    create({ batch: { maxSpans: 10, maxBytes: 1e6 }, concurrency: 1 }).start();
    await clock.advance(0);
    backend.behave = () => TAKEN;
    await put(makeSpans(1));
    await clock.advance(119_999);
    expect(backend.asked).toHaveLength(1);
    await clock.advance(1);
    expect(journal.stats().undelivered).toBe(0);
  });

  it('is told of until it takes something, and in the log now and then', async () => {
    await put(makeSpans(2));
    backend.behave = () => DOWN;
    create().start();
    await clock.advance(0);
    expect(delivery.trouble()).toMatchObject({ cause: 'HTTP_503', message: 'down' });
    expect(toldIn(events).retry).toBe(1);
    await clock.advance(29_999);
    expect(toldIn(events).retry).toBe(5);
    expect(log.entries).toHaveLength(1);
    expect(log.entries[0]).toMatchObject({
      level: 'warn',
      fields: { cause: 'HTTP_503', spans: 2, retryInMs: 1000 },
      message: 'not delivered yet, will be tried again: down',
    });
    await clock.advance(30_000);
    expect(log.entries[1]).toMatchObject({ fields: { suppressed: 4 } });
    backend.behave = () => TAKEN;
    await clock.advance(30_000);
    expect(log.entries.at(-1)).toMatchObject({ level: 'info', message: 'the backend takes spans again' });
    expect(delivery.trouble()).toBeUndefined();
    expect(toldIn(events).delivered).toBe(2);
  });

  it('has nothing acknowledged before it took it', async () => {
    await put(makeSpans(2));
    let answer = (_: typeof TAKEN) => {};
    backend.behave = () => new Promise(resolve => (answer = resolve));
    create().start();
    await clock.advance(60_000);
    expect(journal.stats().undelivered).toBe(2);
    answer(TAKEN);
    await settled();
    expect(journal.stats().undelivered).toBe(0);
  });
});

describe('an export that does not end well', () => {
  it('does not block the others, not even on a single lane', async () => {
    await put(makeSpans(50));
    backend.behave = asked => (asked.includes('span 1') ? ({ ...DOWN, cause: 'TIMEOUT' } as typeof DOWN) : TAKEN);
    create({ batch: { maxSpans: 10, maxBytes: 1e6 }, concurrency: 1 }).start();
    await clock.advance(0);
    expect(backend.taken).toEqual(names(50).slice(10));
  });

  it('while others are taken is made smaller, never buried', async () => {
    await put(makeSpans(64));
    // As a backend that cuts the connection where it should answer 413.
    backend.behave = asked => (asked.length > 4 ? ({ ...DOWN, cause: 'ECONNRESET' } as typeof DOWN) : TAKEN);
    create({ batch: { maxSpans: 16, maxBytes: 1e6 } }).start();
    for (let i = 0; i < 200 && journal.stats().undelivered > 0; i += 1) {
      await clock.advance(30_000);
      if (i % 3 === 0) await put([makeSpan({ name: 'another' })]);
    }
    expect(buried()).toBe(0);
    expect(new Set(backend.taken)).toEqual(new Set([...names(64), 'another']));
  });
});

describe('spans that the backend fails at, each time,', () => {
  const BROKEN = { ...DOWN, cause: 'HTTP_500' } as typeof DOWN;
  const isBad = (name: string) => name.startsWith('bad');
  const bad = (count: number) => Array.from({ length: count }, (_, i) => makeSpan({ name: `bad ${i}` }));

  it.each([
    ['among others', 1, 10],
    ['in whole batches', 10, 10],
    ['alone', 10, 1],
  ])('%s: keep none of the others from it, and are tried again until it takes them', async (_, inARow, maxSpans) => {
    for (const group of Array.from({ length: 20 }, () => makeSpans(90))) await put([...bad(inARow), ...group]);
    backend.behave = asked => (asked.some(isBad) ? BROKEN : TAKEN);
    create({ batch: { maxSpans, maxBytes: 1e6 } }).start();
    await clock.advance(3_600_000);
    expect(backend.taken).toHaveLength(1_800);
    expect(journal.stats()).toMatchObject({ undelivered: 20 * inARow, deadLetters: 0 });
    const before = backend.asked.length;
    await clock.advance(3_600_000);
    expect(backend.asked.length - before).toBeLessThan(1_000);
    backend.behave = () => TAKEN;
    await clock.advance(60_000);
    expect(journal.stats()).toMatchObject({ undelivered: 0, deadLetters: 0 });
    expect(backend.taken).toHaveLength(1_800 + 20 * inARow);
  });

  it('are not kept waiting by one that it refuses, of which nothing can be said while the service is idle', async () => {
    await put([...bad(1), makeSpan({ name: 'poison' })]);
    backend.behave = asked => (asked.some(isBad) ? BROKEN : REFUSED);
    create({ batch: { maxSpans: 1, maxBytes: 1e6 } }).start();
    await clock.advance(3_600_000);
    backend.behave = asked => (asked.some(isBad) ? TAKEN : REFUSED);
    await clock.advance(600_000);
    expect(backend.taken).toEqual(['bad 0']);
    expect(journal.stats()).toMatchObject({ undelivered: 0, deadLetters: 1 });
  });

  it('and refuses later are buried by the rule for those', async () => {
    await put([...bad(1), ...makeSpans(5)]);
    backend.behave = asked => (asked.some(isBad) ? BROKEN : TAKEN);
    create().start();
    await clock.advance(600_000);
    expect(journal.stats()).toMatchObject({ undelivered: 1 });
    backend.behave = asked => (asked.some(isBad) ? REFUSED : TAKEN);
    await clock.advance(600_000);
    expect(journal.stats()).toMatchObject({ undelivered: 1, deadLetters: 0 });
    await put(makeSpans(1));
    await clock.advance(60_000);
    expect(journal.stats()).toMatchObject({ undelivered: 0, deadLetters: 1 });
  });
});

describe('a poison span', () => {
  it.each([0, 1, 77, 199])('alone among 200, at %i, goes to the dead letters, and nothing else', async place => {
    await put(makeSpans(200));
    const poison = `span ${place + 1}`;
    backend.behave = asked => (asked.includes(poison) ? REFUSED : TAKEN);
    create().start();
    await clock.advance(0);
    expect([...backend.taken].sort()).toEqual(
      names(200)
        .filter(name => name !== poison)
        .sort(),
    );
    expect(journal.stats()).toMatchObject({ undelivered: 0, deadLetters: 1 });
    expect(journal.deadLetters(undefined, 1)).toMatchObject([{ reason: 'HTTP_400: refused' }]);
    expect(backend.asked.length).toBeLessThan(25);
    expect(toldIn(events)).toMatchObject({ delivered: 199, buried: 1 });
    expect(log.entries.filter(({ level }) => level === 'error')).toMatchObject([
      {
        fields: {
          cause: 'HTTP_400',
          traceId: '0af7651916cd43dd8448eb211c80319c',
          spanId: (place + 1).toString(16).padStart(16, '0'),
        },
      },
    ]);
    expect(events).toContainEqual({ type: 'buried', spans: 1, cause: 'HTTP_400' });
  });

  it('is one of several, in any lane', async () => {
    await put(makeSpans(500));
    const poison = new Set(['span 1', 'span 2', 'span 99', 'span 100', 'span 101', 'span 500']);
    backend.behave = asked => (asked.some(name => poison.has(name)) ? REFUSED : TAKEN);
    create({ batch: { maxSpans: 50, maxBytes: 1e6 } }).start();
    await clock.advance(60_000);
    expect(journal.stats()).toMatchObject({ undelivered: 0, deadLetters: 6 });
    expect(new Set(backend.taken)).toEqual(new Set(names(500).filter(name => !poison.has(name))));
  });

  it('is found by size as well', async () => {
    const large = makeSpan({ name: 'large', attributes: { text: 'x'.repeat(50_000) } });
    await put([...makeSpans(100), large, ...makeSpans(100)]);
    backend.behave = (_, bytes) => (bytes > 4000 ? ({ ...REFUSED, cause: 'HTTP_413' } as typeof REFUSED) : TAKEN);
    create().start();
    await clock.advance(0);
    expect(journal.stats()).toMatchObject({ undelivered: 0, deadLetters: 1 });
    expect(backend.taken).toHaveLength(200);
  });

  it('alone in the outbox waits for a span that is taken, and then goes', async () => {
    await put([makeSpan({ name: 'poison' })]);
    backend.behave = asked => (asked.includes('poison') ? REFUSED : TAKEN);
    create({ concurrency: 1 }).start();
    await clock.advance(3_600_000);
    expect(buried()).toBe(0);
    expect(delivery.trouble()).toMatchObject({ cause: 'HTTP_400' });
    expect(backend.asked.length).toBeLessThan(150);
    await put(makeSpans(1));
    await clock.advance(30_000);
    expect(backend.taken).toEqual(['span 1']);
    expect(journal.stats()).toMatchObject({ undelivered: 0, deadLetters: 1 });
  });

  it('in whole batches at the head of the outbox does not keep the rest from the backend', async () => {
    await put(Array.from({ length: 60 }, (_, i) => makeSpan({ name: `poison ${i}` })));
    await put(makeSpans(20));
    backend.behave = asked => (asked.some(name => name.startsWith('poison')) ? REFUSED : TAKEN);
    create({ batch: { maxSpans: 5, maxBytes: 1e6 }, concurrency: 1 }).start();
    await clock.advance(2 * 3_600_000);
    expect([...backend.taken].sort()).toEqual(names(20).sort());
    expect(journal.stats()).toMatchObject({ undelivered: 0, deadLetters: 60 });
  });

  it('whose bytes are damaged, or that a protocol cannot carry, needs no backend to be believed', async () => {
    await put(makeSpans(2));
    await putEncoded(journal, [{ preamble: Buffer.from([0xff]), span: Buffer.alloc(3) }]);
    await put(makeSpans(2));
    backend.behave = () => DOWN;
    create().start();
    await clock.advance(0);
    expect(journal.deadLetters(undefined, 2)).toMatchObject([{ reason: expect.stringContaining('UNREADABLE') }]);
    backend.behave = asked => (asked.length > 1 ? CERTAIN : TAKEN);
    await clock.advance(30_000);
    expect(journal.stats()).toMatchObject({ undelivered: 0, deadLetters: 1 });
    backend.behave = () => CERTAIN;
    await put(makeSpans(1));
    await clock.advance(1000);
    expect(journal.stats()).toMatchObject({ undelivered: 0, deadLetters: 2 });
  });
});

describe('a backend that refuses everything', () => {
  it('is at fault itself: nothing is buried, it is asked rarely, and gets everything in the end', async () => {
    await put(makeSpans(100));
    backend.behave = () => REFUSED;
    create().start();
    await clock.advance(24 * 3_600_000);
    expect(journal.stats()).toMatchObject({ undelivered: 100, deadLetters: 0 });
    expect(delivery.trouble()).toMatchObject({ cause: 'HTTP_400' });
    const before = backend.asked.length;
    await clock.advance(3_600_000);
    expect(backend.asked.length - before).toBeLessThanOrEqual(120);
    await put([makeSpan({ name: 'later' })]);
    await clock.advance(60_000);
    backend.behave = () => TAKEN;
    await clock.advance(60_000);
    expect([...backend.taken].sort()).toEqual([...names(100), 'later'].sort());
    expect(journal.stats()).toMatchObject({ undelivered: 0, deadLetters: 0 });
    expect(delivery.trouble()).toBeUndefined();
  });

  it('and has poison among it when it recovers buries only that', async () => {
    await put(makeSpans(40));
    backend.behave = () => REFUSED;
    create().start();
    await clock.advance(3_600_000);
    backend.behave = asked => (asked.includes('span 7') ? REFUSED : TAKEN);
    await clock.advance(120_000);
    expect(new Set(backend.taken)).toEqual(new Set(names(40).filter(name => name !== 'span 7')));
    expect(journal.stats()).toMatchObject({ undelivered: 0, deadLetters: 1 });
  });
});

describe('partial success', () => {
  it('is counted and logged, and not sent again', async () => {
    await put(makeSpans(10));
    backend.behave = () => ({ kind: 'partial', rejected: 3, message: 'too old' });
    create().start();
    await clock.advance(60_000);
    expect(backend.asked).toHaveLength(1);
    expect(journal.stats()).toMatchObject({ undelivered: 0, deadLetters: 0 });
    expect(delivery.trouble()).toBeUndefined();
    expect(toldIn(events)).toMatchObject({ delivered: 7, rejected: 3 });
    expect(log.entries).toMatchObject([
      { level: 'warn', fields: { spans: 3 }, message: expect.stringContaining('too old') },
    ]);
    expect(events).toContainEqual({ type: 'rejected', spans: 3 });
  });

  it('that rejects more than was sent counts what was sent', async () => {
    await put(makeSpans(2));
    backend.behave = () => ({ kind: 'partial', rejected: 99, message: '' });
    create().start();
    await clock.advance(0);
    expect(toldIn(events)).toMatchObject({ delivered: 0, rejected: 2 });
  });

  it('a warning is logged', async () => {
    await put(makeSpans(2));
    backend.behave = () => ({ kind: 'taken', warning: 'use gzip' });
    create().start();
    await clock.advance(0);
    expect(toldIn(events)).toMatchObject({ delivered: 2, rejected: 0 });
    expect(log.entries).toMatchObject([{ message: expect.stringContaining('use gzip') }]);
  });
});

describe('flush', () => {
  it('does not wait for more spans, and says when the outbox is empty', async () => {
    create().start();
    await put(makeSpans(3));
    const flushed = delivery.flush(1000);
    await settled();
    expect(backend.taken).toEqual(names(3));
    await expect(flushed).resolves.toBe(true);
    await expect(delivery.flush(1000)).resolves.toBe(true);
    expect(clock.nextIn).toBeUndefined();
  });

  it('tries at once what would wait', async () => {
    await put(makeSpans(3));
    backend.behave = () => DOWN;
    create().start();
    await clock.advance(120_000);
    backend.behave = () => TAKEN;
    const flushed = delivery.flush(1000);
    await settled();
    await expect(flushed).resolves.toBe(true);
  });

  it('gives up in time, and delivery goes on', async () => {
    await put(makeSpans(3));
    backend.behave = () => DOWN;
    create().start();
    const flushed = delivery.flush(5000);
    await clock.advance(5000);
    await expect(flushed).resolves.toBe(false);
    backend.behave = () => TAKEN;
    await clock.advance(30_000);
    expect(journal.stats().undelivered).toBe(0);
  });

  it('ends when delivery stops', async () => {
    await put(makeSpans(3));
    backend.behave = () => 'hang';
    create().start();
    const flushed = delivery.flush(60_000);
    await delivery.stop();
    await expect(flushed).resolves.toBe(false);
    await expect(delivery.flush(60_000)).resolves.toBe(false);
  });
});

describe('stop', () => {
  it('calls off what is under way, which stays in the outbox, and sets no timer', async () => {
    await put(makeSpans(3));
    backend.behave = () => 'hang';
    create().start();
    await settled();
    await delivery.stop();
    await put(makeSpans(1));
    await clock.advance(60_000);
    expect(backend.asked).toHaveLength(1);
    expect(journal.stats().undelivered).toBe(4);
    expect(clock.nextIn).toBeUndefined();
    expect(log.entries).toEqual([]);
  });

  it('may come when the journal is closed already', async () => {
    create().start();
    await put(makeSpans(3));
    await journal.close();
    await clock.advance(60_000);
    await delivery.stop();
    expect(log.entries).toEqual([]);
  });
});

describe('a journal that fails', () => {
  it('gets its acknowledgement again, and the backend not the spans', async () => {
    await put(makeSpans(3));
    let failures = 3;
    const { acknowledge } = journal;
    journal = {
      ...journal,
      acknowledge: async keys => {
        if (failures-- > 0) throw new Error('EIO');
        return acknowledge(keys);
      },
    };
    create().start();
    await clock.advance(60_000);
    expect(backend.asked).toHaveLength(1);
    expect(journal.stats().undelivered).toBe(0);
    expect(log.entries).toMatchObject([{ level: 'error', fields: { cause: 'JOURNAL' } }]);
  });

  it('is read again later', async () => {
    await put(makeSpans(600));
    let failures = 3;
    const { outbox } = journal;
    journal = {
      ...journal,
      outbox: (...args) => {
        if (failures-- > 0) throw new CrewspanError('CREWSPAN_INPUT', 'EIO');
        return outbox(...args);
      },
    };
    create().start();
    await clock.advance(60_000);
    expect(backend.taken).toEqual(names(600));
  });
});

it('a transport that throws loses nothing', async () => {
  await put(makeSpans(3));
  backend.behave = () => {
    throw new Error('a bug');
  };
  create().start();
  await clock.advance(1000);
  backend.behave = () => TAKEN;
  await clock.advance(30_000);
  expect(backend.taken).toEqual(names(3));
  expect(log.entries[0]).toMatchObject({ level: 'error' });
});

it('spans of two configurations share a request, each with its own resource', async () => {
  const encoder = createSpanEncoder();
  await putEncoded(
    journal,
    encoder.encode([makeSpan({ name: 'a' }), makeSpan({ name: 'b', instrumentationScope: { name: 'x' } })]),
  );
  create().start();
  await clock.advance(0);
  expect(backend.asked).toEqual([['a', 'b']]);
});
