import { describe, expect, it } from 'vitest';
import { withoutExecution } from '../../src/control/body-events.ts';
import { readBody } from '../../src/webhook/envelope.ts';

const ENVELOPE = { timestamp: '2026-11-23T10:00:00Z', type: 't' };
const event = (execution: unknown, id = 'e') => ({
  ...ENVELOPE,
  id,
  execution_id: execution,
  data: { prompt: `of ${execution}` },
});
const cleanse = (body: unknown, id = 'gone') => {
  const { count, bytes } = withoutExecution(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), id);
  return { count, left: bytes && JSON.parse(Buffer.from(bytes).toString()) };
};

describe('a body without the events of an execution', () => {
  it('keeps the others in their places', () => {
    const body = { events: [event('stays', 'a'), event('gone', 'b'), event('stays', 'c')] };
    expect(cleanse(body)).toEqual({ count: 1, left: { events: [event('stays', 'a'), null, event('stays', 'c')] } });
    expect(cleanse([event('gone'), event('stays')])).toEqual({ count: 1, left: { events: [null, event('stays')] } });
  });

  it('is nothing when no other event is left', () => {
    expect(cleanse({ events: [event('gone'), event('gone')] })).toEqual({ count: 2, left: undefined });
    expect(cleanse(event('gone'))).toEqual({ count: 1, left: undefined });
    expect(cleanse({ events: [event('gone'), null, 7] })).toEqual({ count: 1, left: undefined });
    const rejected = { id: 'a', execution_id: 'stays' };
    expect(cleanse({ events: [event('gone'), rejected] })).toEqual({ count: 1, left: undefined });
  });

  it('loses those that were rejected, too, and those written with escapes or by Python', () => {
    expect(cleanse({ events: [{ execution_id: 'gone', data: 'a prompt' }, event('stays')] }).count).toBe(1);
    const stays = JSON.stringify({ ...ENVELOPE, id: 'a', execution_id: 'stays' });
    expect(cleanse(`{"events":[{"execution_id":"g\\u006fne","x":NaN},${stays.replace('}', ',"x":NaN}')}]}`)).toEqual({
      count: 1,
      left: { events: [null, { ...JSON.parse(stays), x: null }] },
    });
  });

  it('can be read again, however dense the events are that are left', () => {
    const stays = { ...ENVELOPE, id: 'a', execution_id: 'stays' };
    const events = [
      { ...event('gone'), filler: 'x'.repeat(200_000) },
      { ...stays, data: Array(130_000).fill([]) },
    ];
    const { bytes = Buffer.alloc(0) } = withoutExecution(Buffer.from(JSON.stringify({ events })), 'gone');
    expect(readBody(bytes)).toMatchObject({ ok: true, events: [{ id: 'a' }], rejected: [{ index: 0 }] });
  });

  it('is written anew however deep the events are that are left', () => {
    const depth = 50_000;
    const deep = `{"id":"a","execution_id":"stays","timestamp":"2026-11-23T10:00:00Z","type":"t","data":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const { bytes = Buffer.alloc(0) } = withoutExecution(
      Buffer.from(`[${JSON.stringify(event('gone'))},${deep}]`),
      'gone',
    );
    expect(Buffer.from(bytes).toString().trimEnd()).toBe(`{"events":[null,${deep}]}`);
    expect(readBody(bytes)).toMatchObject({ ok: true, events: [{ id: 'a' }] });
  });

  it('is left as it is where there is none', () => {
    const bytes = Buffer.from('{"events":[{"execution_id": "stays" , "x": 12345678901234567890}]}');
    expect(withoutExecution(bytes, 'gone')).toEqual({ count: 0, bytes });
    expect(withoutExecution(Buffer.from('no JSON'), 'gone').count).toBe(0);
  });
});
