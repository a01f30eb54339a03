import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type BodyReading, MAX_ECHO, MAX_ID_LENGTH, readBody } from '../../src/webhook/envelope.ts';
import { GOOD } from './support.ts';

const read = (body: unknown): BodyReading =>
  readBody(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));

function eventOf(body: unknown) {
  const reading = read(body);
  if (!reading.ok) throw new Error(reading.error);
  return reading.events[0];
}

function errorOf(event: unknown): string | undefined {
  const reading = read({ events: [event] });
  return reading.ok ? reading.rejected[0]?.error : reading.error;
}

describe('an event', () => {
  it.each(['id', 'execution_id', 'timestamp', 'type'])('without %s', field => {
    expect(errorOf({ ...GOOD, [field]: undefined })).toBe(`${field} is missing`);
  });

  it.each(['id', 'execution_id', 'type'])('whose %s is no string', field => {
    for (const value of [null, 1, true, {}, []]) {
      expect(errorOf({ ...GOOD, [field]: value })).toBe(`${field} must be a string`);
    }
  });

  it.each(['id', 'execution_id', 'type'])('whose %s is empty', field => {
    expect(errorOf({ ...GOOD, [field]: '' })).toBe(`${field} must not be empty`);
  });

  it.each(['id', 'execution_id', 'type'])('whose %s is 10 kB long', field => {
    const long = 'x'.repeat(10_240);
    const reading = read({ events: [{ ...GOOD, [field]: long }] });
    expect(reading).toMatchObject({ ok: true, rejectedCount: 1 });
    expect(JSON.stringify(reading).length).toBeLessThan(500);
    expect(errorOf({ ...GOOD, [field]: long })).toBe(`${field} must not be longer than ${MAX_ID_LENGTH} characters`);
  });

  it.each(['1', 'run 7', 'ünï©ode', '../../etc', 'x'.repeat(MAX_ID_LENGTH), '__proto__'])('with the id %s', id => {
    expect(eventOf([{ ...GOOD, id, execution_id: id }])).toMatchObject({ id, executionId: id });
  });

  it('of a type unknown', () => {
    expect(eventOf([{ ...GOOD, type: 'a_type_of_tomorrow' }])?.type).toBe('a_type_of_tomorrow');
  });

  it('that is no object', () => {
    for (const value of [null, 1, 'x', []]) expect(errorOf(value)).toBe('must be an object');
  });

  it('with an impossible timestamp', () => {
    expect(errorOf({ ...GOOD, timestamp: 'yesterday' })).toBe(
      'timestamp must be an ISO 8601 time between 1970 and 2200',
    );
  });

  it('with fields of its own beside the envelope', () => {
    expect(Object.keys(eventOf([{ ...GOOD, extra: 1 }]) ?? {})).toEqual(['id', 'executionId', 'type', 'time', 'data']);
  });

  it('rejected tells its id, cut, and no content', () => {
    const reading = read({ events: [{ ...GOOD, id: 'i'.repeat(300), type: { secret: 'prompt' }, data: 'prompt' }] });
    expect(reading).toMatchObject({ rejected: [{ index: 0, id: 'i'.repeat(MAX_ECHO) }] });
    expect(JSON.stringify(reading)).not.toContain('prompt');
  });
});

describe('data', () => {
  it.each([null, 'text', [1, [2]], 7, false, {}])('is let through: %j', data => {
    expect(eventOf([{ ...GOOD, data }])?.data).toEqual(data);
  });

  it('may be missing', () => {
    expect(eventOf([{ ...GOOD, data: undefined }])?.data).toBeUndefined();
  });

  it('may be nested 10,000 deep', () => {
    const deep = `${'[{"a":'.repeat(10_000)}1${'}]'.repeat(10_000)}`;
    let value = eventOf(`[${JSON.stringify(GOOD).replace('{"crew_name":"crew"}', deep)}]`)?.data;
    let depth = 0;
    while (Array.isArray(value)) {
      value = value[0].a;
      depth += 1;
    }
    expect([value, depth]).toEqual([1, 10_000]);
  });

  it('may hold NaN and its like, nested and with an event behind it', () => {
    const reading = read(
      `{"events":[${JSON.stringify(GOOD).replace('"crew"', '[NaN, {"x":-Infinity}, Infinity, "NaN \\" Infinity"]')},${JSON.stringify(GOOD)}]}`,
    );
    expect(reading.ok && reading.events.length).toBe(2);
    expect(reading.ok && reading.events[0]?.data).toEqual({
      crew_name: [null, { x: null }, null, 'NaN " Infinity'],
    });
  });
});

describe('keys that reach for prototypes', () => {
  it('are own properties of data and nothing else', () => {
    const poison = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';
    const data = eventOf(`[${JSON.stringify(GOOD).replace('{"crew_name":"crew"}', poison)}]`)?.data;
    expect(Object.hasOwn(data as object, '__proto__')).toBe(true);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect((data as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('lend an event no field', () => {
    const error = errorOf(JSON.parse(`{"__proto__":${JSON.stringify(GOOD)}}`));
    expect(error).toBe('id is missing; execution_id is missing; timestamp is missing; type is missing');
    expect(read(`{"__proto__":{"events":[]}}`)).toMatchObject({ ok: false });
  });
});

describe('text that is not well formed', () => {
  it('has lone surrogates replaced in ids, and left in data', () => {
    const event = eventOf(
      '[{"id":"a\\ud800b","execution_id":"\\udc00","timestamp":"2026-11-23T15:22:24Z","type":"\\ud83d\\ude00","data":"\\ud800"}]',
    );
    expect(event).toMatchObject({ id: 'a\ufffdb', executionId: '\ufffd', type: '😀', data: '\ud800' });
  });

  it('has invalid UTF-8 read as U+FFFD', () => {
    const [before, after] = JSON.stringify([{ ...GOOD, data: '|' }]).split('|');
    const bytes = Buffer.concat([Buffer.from(before ?? ''), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from(after ?? '')]);
    const reading = readBody(bytes);
    expect(reading.ok && reading.events[0]?.data).toBe('\ufffd(\ufffd');
  });

  it('may begin with a byte order mark', () => {
    expect(eventOf(`\ufeff[${JSON.stringify(GOOD)}]`)?.id).toBe(GOOD.id);
  });
});

describe('the recordings', () => {
  const folder = new URL('../recordings/1.15.30/', import.meta.url);
  const files = readdirSync(folder).filter(name => name.endsWith('.jsonl'));

  it.each(files)('%s: every event is one', name => {
    const lines = readFileSync(new URL(name, folder), 'utf8').trimEnd().split('\n');
    const reading = read(`{"events":[${lines.join(',')}]}`);
    expect(reading).toMatchObject({ ok: true, rejected: [] });
    expect(reading.ok && reading.events.length).toBe(lines.length);
  });
});

describe('a body', () => {
  it('keeps the places of its events', () => {
    const reading = read({ events: [1, { ...GOOD, id: 'a' }, 2, { ...GOOD, id: 'b' }] });
    expect(reading.ok && reading.events.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(reading.ok && reading.rejected.map(({ index }) => index)).toEqual([0, 2]);
  });

  it.each(['[', '[]', '{}', '{"a":'])('made of %s alone is refused before it takes up memory', piece => {
    const bytes = Buffer.from(
      `[${Array(500_000)
        .fill(piece)
        .join(piece.length === 2 ? ',' : '')}]`,
    );
    expect(readBody(bytes)).toEqual({ ok: false, error: expect.stringMatching(/^the body holds more than \d+ lists/) });
  });

  it('that is one bad event is a list of one rejection', () => {
    expect(read({ id: 'a', type: 'b' })).toMatchObject({ ok: true, events: [], rejectedCount: 1 });
  });

  it.each(['id', 'type'])('that has no more of an event than its %s is none', field => {
    expect(read({ [field]: 'a' }).ok).toBe(false);
  });
});
