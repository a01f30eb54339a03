import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GOOD, get, MAX_BODY, post, speakRaw, startServer, type TestServer } from './support.ts';

let server: TestServer;

beforeEach(async () => {
  server = await startServer();
});

/** Whatever a test sent: the service goes on. */
afterEach(async () => {
  server.receiver.respond = ({ events }) => ({ status: 'durable', accepted: events.length, duplicates: 0 });
  const answer = await post(server, { events: [GOOD] });
  expect(answer.status).toBe(200);
  expect(answer.body['accepted']).toBe(1);
  await server.app.close();
});

describe('good bodies', () => {
  it('answers 200 with the counts of the receipt', async () => {
    server.receiver.respond = () => ({ status: 'durable', accepted: 1, duplicates: 1 });
    const answer = await post(server, { events: [GOOD, GOOD] });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ accepted: 1, duplicates: 1, rejected: [] });
  });

  it('hands over the bytes as received, the source and the events', async () => {
    const text = `{ "events" : [${JSON.stringify(GOOD)}], "more": 1 }\n`;
    await post(server, text);
    const batch = server.receiver.batches[0];
    expect(batch?.source).toBe('default');
    expect(Buffer.from(batch?.bytes ?? []).toString()).toBe(text);
    expect(batch?.events).toEqual([
      {
        id: GOOD.id,
        executionId: GOOD.execution_id,
        type: GOOD.type,
        time: Date.UTC(2026, 10, 23, 15, 22, 24) * 1000 + 672_920,
        data: GOOD.data,
      },
    ]);
  });

  it('takes the source from the path where no token is asked for', async () => {
    await post(server, { events: [GOOD] }, { path: '/webhook/team-a' });
    expect(server.receiver.batches[0]?.source).toBe('team-a');
  });

  it('has no source of an impossible name', async () => {
    expect((await post(server, { events: [GOOD] }, { path: '/webhook/a%20b' })).status).toBe(404);
  });

  it('takes a trailing slash', async () => {
    expect((await post(server, { events: [GOOD] }, { path: '/webhook/' })).status).toBe(200);
  });

  it('takes a bare list', async () => {
    expect((await post(server, [GOOD])).body['accepted']).toBe(1);
  });

  it('takes a bare event', async () => {
    expect((await post(server, GOOD)).body['accepted']).toBe(1);
  });

  it('answers an empty list with 0, without asking the receiver', async () => {
    const answer = await post(server, { events: [] });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ accepted: 0, duplicates: 0, rejected: [] });
    expect(server.receiver.batches).toEqual([]);
  });

  it.each(['application/json; charset=UTF-8', 'Application/JSON', 'application/cloudevents+json'])(
    'takes the content type %s',
    async type => {
      expect((await post(server, { events: [GOOD] }, { headers: { 'content-type': type } })).status).toBe(200);
    },
  );

  it.each(['gzip', 'x-gzip', 'GZIP'])('inflates %s', async encoding => {
    const text = JSON.stringify({ events: [GOOD] });
    const answer = await post(server, gzipSync(text), { headers: { 'content-encoding': encoding } });
    expect(answer.body['accepted']).toBe(1);
    expect(Buffer.from(server.receiver.batches[0]?.bytes ?? []).toString()).toBe(text);
  });

  it('takes a chunked body', async () => {
    const text = JSON.stringify({ events: [GOOD] });
    const halves = [text.slice(0, 50), text.slice(50)];
    const chunks = halves.map(half => `${half.length.toString(16)}\r\n${half}\r\n`);
    const answer = await speakRaw(server.port, [
      'POST /webhook HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
      ...chunks,
      '0\r\n\r\n',
    ]);
    expect(answer).toMatch(/^HTTP\/1.1 200 .*"accepted":1/s);
  });

  it('takes a body of exactly the limit', async () => {
    const frame = JSON.stringify({ events: [{ ...GOOD, data: '' }] });
    const text = JSON.stringify({ events: [{ ...GOOD, data: 'x'.repeat(MAX_BODY - frame.length) }] });
    expect(text.length).toBe(MAX_BODY);
    expect((await post(server, text)).status).toBe(200);
  });
});

describe('bodies that are none', () => {
  it('is not JSON', async () => {
    const answer = await post(server, '{"events": [secret prompt');
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ error: 'the body is not JSON' });
  });

  it('is empty', async () => {
    const answer = await post(server, '');
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ error: 'the body is empty' });
  });

  it.each([
    ['missing', '{"other":[]}'],
    ['null', '{"events":null}'],
    ['an object', '{"events":{"0":{}}}'],
    ['text', '{"events":"[]"}'],
    ['of a body that is null', 'null'],
    ['of a body that is a number', '12'],
    ['of a body that is text', '"events"'],
  ])('has an `events` that is %s', async (_case, body) => {
    const answer = await post(server, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ error: 'the body has no `events` array' });
  });

  it('is gzip cut off', async () => {
    const whole = gzipSync(JSON.stringify({ events: [GOOD] }));
    const answer = await post(server, whole.subarray(0, whole.length - 12), {
      headers: { 'content-encoding': 'gzip' },
    });
    expect(answer.status).toBe(400);
    expect(answer.body['error']).toMatch(/gzip/);
  });

  it('is no gzip although it says so, and the connection lives on', async () => {
    const junk = Buffer.alloc(MAX_BODY, 65);
    const head = `POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ${junk.length}\r\n\r\n`;
    const answer = await speakRaw(server.port, [
      head,
      junk,
      'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    ]);
    expect(answer).toMatch(/^HTTP\/1.1 400 .*HTTP\/1.1 200 /s);
  });

  it('is a gzip bomb, refused without inflating all of it', async () => {
    const bomb = gzipSync(Buffer.alloc(MAX_BODY * 900, 32));
    expect(bomb.length).toBeLessThan(MAX_BODY);
    const answer = await post(server, bomb, { headers: { 'content-encoding': 'gzip' } });
    expect(answer.status).toBe(413);
  });

  it('is an endless row of empty gzip members', async () => {
    const empty = gzipSync('');
    const row = Buffer.concat(Array.from({ length: Math.ceil(MAX_BODY / empty.length) + 1 }, () => empty));
    const chunk = Buffer.concat([Buffer.from(`${row.length.toString(16)}\r\n`), row, Buffer.from('\r\n0\r\n\r\n')]);
    const answer = await speakRaw(server.port, [
      'POST /webhook HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n',
      chunk,
    ]);
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
  });

  it('is of a content encoding unknown here', async () => {
    const answer = await post(server, 'x', { headers: { 'content-encoding': 'br' } });
    expect(answer.status).toBe(415);
    expect(answer.headers.get('accept-encoding')).toBe('gzip, identity');
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'garbage',
    'application/json; charset=utf-16',
  ])('is of the content type %s', async type => {
    const answer = await post(server, { events: [GOOD] }, { headers: { 'content-type': type } });
    expect(answer.status).toBe(415);
    expect(answer.body['error']).toEqual(expect.any(String));
  });

  it('is of another content type, and is told which one would do', async () => {
    const answer = await post(server, 'x', { headers: { 'content-type': 'text/plain' } });
    expect(answer.headers.get('accept')).toBe('application/json');
  });

  it('is of no content type', async () => {
    const answer = await speakRaw(server.port, [
      'POST /webhook HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}',
    ]);
    expect(answer).toMatch(/^HTTP\/1.1 415 /);
  });
});

describe('bodies over the limit', () => {
  it('is refused by its content length, before a byte of it was sent', async () => {
    const answer = await speakRaw(server.port, [
      `POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${MAX_BODY + 1}\r\n\r\n`,
    ]);
    expect(answer).toMatch(/^HTTP\/1.1 413 .*\{"error":/s);
  });

  it('is refused while it is sent in whole', async () => {
    const answer = await post(server, { events: [{ ...GOOD, data: 'x'.repeat(MAX_BODY * 20) }] });
    expect(answer.status).toBe(413);
    expect(answer.body['error']).toMatch(/CREWSPAN_MAX_BODY/);
  });

  it('is refused when it comes in chunks', async () => {
    const chunk = `1000\r\n${' '.repeat(4096)}\r\n`;
    const answer = await speakRaw(server.port, [
      'POST /webhook HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
      ...Array.from({ length: 40 }, () => chunk),
      '0\r\n\r\n',
    ]);
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
  });

  it('never ends, and is cut off after its answer', async () => {
    const chunk = `1000\r\n${' '.repeat(4096)}\r\n`;
    const answer = await speakRaw(server.port, [
      'POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
      ...Array.from({ length: 40 }, () => chunk),
    ]);
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
  });
});

describe('bad events', () => {
  it('rejects one by its index and keeps the good ones', async () => {
    const answer = await post(server, { events: [GOOD, { ...GOOD, id: 'bad', type: 7 }, { ...GOOD, id: 'other' }] });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      accepted: 2,
      duplicates: 0,
      rejected: [{ index: 1, id: 'bad', error: 'type must be a string' }],
    });
    expect(server.receiver.batches[0]?.events.map(({ id }) => id)).toEqual([GOOD.id, 'other']);
  });

  it('answers 400 with the list when every one is bad', async () => {
    const answer = await post(server, { events: [{}, null] });
    expect(answer.status).toBe(400);
    expect(answer.body['error']).toBe('no event of the body is valid');
    expect(answer.body['rejected']).toEqual([
      { index: 0, id: null, error: 'id is missing; execution_id is missing; timestamp is missing; type is missing' },
      { index: 1, id: null, error: 'must be an object' },
    ]);
    expect(server.receiver.batches).toEqual([]);
  });

  it('keeps the answer small however many there are', async () => {
    const answer = await post(server, `[${'0,'.repeat(20_000)}0]`);
    expect(answer.status).toBe(400);
    expect(answer.body['rejected']).toHaveLength(1000);
    expect(answer.body['rejectedCount']).toBe(20_001);
  });
});

describe('who watches', () => {
  it('is told of rejected events, and the log says what was wrong with the first', async () => {
    await post(server, { events: [GOOD, {}, 1] });
    // The sender may have its answer a moment earlier.
    await expect.poll(() => server.observed).toEqual([{ status: 200, source: 'default', rejectedEvents: 2 }]);
    expect(server.logLines.join()).toMatch(/events of a webhook body were rejected/);
    expect(server.logLines.join()).toMatch(/"rejections":\{"count":2,"first":"id is missing/);
  });

  it('is told of refusals, and the log says why', async () => {
    await post(server, 'x');
    await post(server, 'x', { headers: { 'content-type': 'text/plain' } });
    await expect.poll(() => server.observed.map(({ status }) => status)).toEqual([400, 415]);
    expect(server.logLines.join()).toMatch(/"reason":"the body is not JSON"/);
  });

  it('is told of requests that are refused for their heads', async () => {
    const begin = 'POST /webhook HTTP/1.1\r\nConnection: close\r\n';
    await speakRaw(server.port, [`${begin}\r\n`]);
    await speakRaw(server.port, [`${begin}Host: x\r\n${'X: y\r\n'.repeat(300)}\r\n`]);
    expect(server.observed).toEqual([
      { status: 400, source: '', rejectedEvents: 0 },
      { status: 431, source: '', rejectedEvents: 0 },
    ]);
    expect(server.logLines.join()).toContain('the Host header is missing');
  });
});

describe('paths and methods', () => {
  it.each([
    ['GET', '/webhook', 'POST'],
    ['PUT', '/webhook', 'POST'],
    ['DELETE', '/webhook/team-a', 'POST'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['POST', '/readyz', 'GET, HEAD'],
  ])('answers 405 to %s %s and says what is allowed', async (method, path, allow) => {
    const answer = await get(server, path, method);
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe(allow);
    expect(answer.body['error']).toEqual(expect.any(String));
  });

  it.each(['/', '/webhooks', '/webhook/a/b', '/metrics'])('answers 404 to %s', async path => {
    const answer = await post(server, { events: [GOOD] }, { path });
    expect(answer.status).toBe(404);
    expect(answer.body).toEqual({ error: 'there is nothing here' });
  });

  it('answers 400 to a path that is none', async () => {
    const answer = await speakRaw(server.port, ['GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n']);
    expect(answer).toMatch(/^HTTP\/1.1 400 .*\{"error":/s);
  });

  it('answers 400 to what is no HTTP', async () => {
    expect(await speakRaw(server.port, ['hello\r\n\r\n'])).toMatch(/^HTTP\/1.1 400 .*\{"error":/s);
  });

  it('answers 431 to headers without end', async () => {
    const answer = await speakRaw(server.port, [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`]);
    expect(answer).toMatch(/^HTTP\/1.1 431 /);
  });
});

describe('health', () => {
  it('is alive', async () => {
    expect(await get(server, '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect((await get(server, '/healthz', 'HEAD')).status).toBe(200);
  });

  it('tells the public only whether it is ready', async () => {
    expect(await get(server, '/readyz')).toMatchObject({ status: 200, body: { ready: true } });
    server.receiver.state = { ready: false, reasons: ['the backend at collector.internal answers 401'] };
    const answer = await get(server, '/readyz');
    expect(answer.status).toBe(503);
    expect(answer.body).toEqual({ ready: false });
  });
});

describe('a receiver in trouble', () => {
  it('answers 503 and when to come again', async () => {
    server.receiver.respond = () => ({ status: 'unavailable', reason: 'the disk is full', retryAfterSeconds: 29.5 });
    const answer = await post(server, { events: [GOOD] });
    expect(answer.status).toBe(503);
    expect(answer.body).toEqual({ error: 'the disk is full' });
    expect(answer.headers.get('retry-after')).toBe('30');
  });

  it('answers 500 without a word of the cause, which goes to the log', async () => {
    server.receiver.respond = () => Promise.reject(new Error('table xyz is gone'));
    const answer = await post(server, { events: [GOOD] });
    expect(answer.status).toBe(500);
    expect(answer.body).toEqual({ error: 'internal error' });
    expect(server.logLines.join()).toContain('table xyz is gone');
  });

  it('answers 500 where a route fails, without a word of the cause, which goes to the log', async () => {
    server.receiver.readiness = () => {
      throw Object.assign(new Error('table xyz is gone'), { statusCode: 404 });
    };
    const answer = await get(server, '/readyz');
    expect(answer.status).toBe(500);
    expect(answer.body).toEqual({ error: 'internal error' });
    expect(server.logLines.join()).toContain('table xyz is gone');
  });

  it('costs only the request where its answer cannot be written', async () => {
    // JSON has no such number: what is thrown is thrown while the answer is put together.
    server.receiver.respond = () => ({ status: 'durable', accepted: 1n as unknown as number, duplicates: 0 });
    await expect(post(server, { events: [GOOD] })).rejects.toThrow('fetch failed');
    expect(server.logLines.join()).toMatch(/"level":"error".*BigInt.*a request failed for a reason nobody foresaw/);
  });
});

describe('a sender in trouble', () => {
  it('goes away in the middle of a body', async () => {
    await speakRaw(
      server.port,
      ['POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"eve'],
      true,
    );
    expect(server.receiver.batches).toEqual([]);
  });
});
