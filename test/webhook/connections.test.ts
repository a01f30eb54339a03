/** Connections as they come from a network: slow, silent, broken, too many. Real sockets, shorter waits. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Receipt } from '../../src/webhook/receiver.ts';
import { GOOD, get, MAX_BODY, post, speakRaw, startServer, type TestServer } from './support.ts';

let server: TestServer;

afterEach(async () => {
  // What a test left open is closed by the server, and holds up nobody.
  server.receiver.respond = () => ({ status: 'durable', accepted: 1, duplicates: 0 });
  // Again where the short waits of a test, and a busy machine, hit this one.
  await expect
    .poll(
      () =>
        post(server, { events: [GOOD] }).then(
          ({ status }) => status,
          () => 0,
        ),
      { timeout: 8_000 },
    )
    .toBe(200);
  await server.app.close();
});

const POST = 'POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
const GET = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
const LAST_GET = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

interface Client {
  readonly socket: Socket;
  readonly received: () => string;
  /** When the server has closed the connection. */
  readonly closed: Promise<void>;
}

/** A client that does not close its end when the server closes its own. */
function open(text: string): Client {
  const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
  let received = '';
  socket.on('data', data => {
    received += data;
  });
  socket.on('error', () => {});
  const closed = new Promise<void>(resolve => {
    socket.once('close', () => resolve()).once('end', () => resolve());
  });
  if (text !== '') socket.write(text);
  return { socket, received: () => received, closed: closed.then(() => nobodyLeft()) };
}

/** Closed on both sides: what is open one way only goes on to hold what it has taken. */
async function nobodyLeft(): Promise<void> {
  await expect
    .poll(() => new Promise(resolve => server.app.server.getConnections((_error, count) => resolve(count))), {
      timeout: 10_000,
    })
    .toBe(0);
}

/** A byte now and again, for as long as the server takes them. */
function trickle({ socket }: Client, byte: string): void {
  const timer = setInterval(() => socket.write(byte), 20);
  socket.once('close', () => clearInterval(timer));
}

function statusesOf(text: string): readonly string[] {
  return [...text.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status = '']) => status);
}

describe('a sender that is slow', () => {
  it('with its headers is answered 408 and cut off, however long it goes on', async () => {
    server = await startServer({ timeouts: { headers: 100, lookEvery: 20 } });
    const client = open('POST /webhook HTTP/1.1\r\nHost: x\r\n');
    trickle(client, 'X');
    await client.closed;
    expect(client.received()).toMatch(/^HTTP\/1.1 408 .*\{"error":"request timeout"\}$/s);
  });

  it('with its body is answered 408 and cut off, and gives back the room that it held', async () => {
    server = await startServer({
      timeouts: { headers: 150, request: 200, room: 20_000, lookEvery: 20 },
      maxInFlightBytes: MAX_BODY,
    });
    const client = open(`${POST}Content-Length: ${MAX_BODY}\r\n\r\n`);
    trickle(client, ' ');
    await expect.poll(() => server.budget.used).toBe(MAX_BODY);
    // It waits for the room that the slow one holds.
    expect((await post(server, { events: [GOOD] }, { headers: { connection: 'close' } })).status).toBe(200);
    await client.closed;
    expect(client.received()).toMatch(/^HTTP\/1.1 408 .*\{"error":"the body did not arrive in time"\}$/s);
    expect(server.budget.used).toBe(0);
  });

  it('stops in the middle of its body, and gives back the room that it held', async () => {
    server = await startServer({ timeouts: { body: 50 } });
    const client = open(`${POST}Transfer-Encoding: chunked\r\n\r\n5\r\n{"eve`);
    await client.closed;
    expect(client.received()).toMatch(/^HTTP\/1.1 408 /);
    expect(server.budget.used).toBe(0);
    await expect.poll(() => server.observed.map(({ status }) => status)).toEqual([408]);
  });

  it('sends nothing at all, and is cut off without a word', async () => {
    server = await startServer({ timeouts: { headers: 50, lookEvery: 20 } });
    const client = open('');
    await client.closed;
    expect(client.received()).toBe('');
  });

  it('sends nothing more, and is cut off', async () => {
    server = await startServer({ timeouts: { keepAlive: 50 } });
    const client = open(GET);
    await client.closed;
    expect(statusesOf(client.received())).toEqual(['200']);
  });

  it('does not read its answers, and is cut off', async () => {
    server = await startServer({ timeouts: { silence: 500 } });
    const client = open('');
    client.socket.pause();
    const closed = new Promise<void>(resolve => {
      server.app.server.once('connection', socket => socket.once('close', () => resolve()));
    });
    client.socket.write(GET.repeat(40_000));
    await closed;
    client.socket.destroy();
  });

  it('is not taken for slow while this process stands still', async () => {
    server = await startServer({ timeouts: { body: 100 } });
    const text = JSON.stringify({ events: [GOOD] });
    const client = open(`${POST}Content-Length: ${text.length}\r\n\r\n${text.slice(0, 20)}`);
    await expect.poll(() => server.budget.used).toBeGreaterThan(0);
    await new Promise(resolve => client.socket.write(text.slice(20), resolve));
    const until = Date.now() + 150;
    while (Date.now() < until) {
      // A long turn of the event loop.
    }
    await expect.poll(() => statusesOf(client.received())).toEqual(['200']);
    client.socket.destroy();
  });
});

describe('what is broken', () => {
  it('in the middle of a body is answered 400, and the connection ends', async () => {
    server = await startServer();
    const client = open(`${POST}Transfer-Encoding: chunked\r\n\r\n5\r\n{"eve\r\nno size\r\n`);
    trickle(client, 'x');
    await client.closed;
    expect(client.received()).toMatch(/^HTTP\/1.1 400 .*\{"error":/s);
    expect(server.budget.used).toBe(0);
  });

  it('behind a good request is answered after it', async () => {
    server = await startServer();
    let release: (receipt: Receipt) => void = () => {};
    server.receiver.respond = () => new Promise(resolve => (release = resolve));
    const text = JSON.stringify({ events: [GOOD] });
    const client = open(`${POST}Content-Length: ${text.length}\r\n\r\n${text}no request\r\n\r\n`);
    trickle(client, 'x');
    await expect.poll(() => server.receiver.batches.length).toBe(1);
    await sleep(20);
    expect(client.received()).toBe('');
    release({ status: 'durable', accepted: 1, duplicates: 0 });
    await client.closed;
    expect(statusesOf(client.received())).toEqual(['200', '400']);
  });

  it.each([
    ['a line that is no request', 'hello\r\n\r\n', '400'],
    ['a version that is none', 'GET / HTTP/9.9\r\nHost: x\r\n\r\n', '400'],
    ['TLS', Buffer.from('16030100a5010000a10303', 'hex'), '400'],
    ['HTTP/2 without asking', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '400'],
    ['two lengths', `${POST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, '400'],
    ['a length that is none', `${POST}Content-Length: -1\r\n\r\n{}`, '400'],
    ['a length and chunks', `${POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, '400'],
    ['another transfer coding', `${POST}Transfer-Encoding: gzip\r\n\r\n{}`, '400'],
    ['a space before a colon', `${POST}X : y\r\n\r\n`, '400'],
    ['a header folded over lines', `${POST}X: a\r\n b\r\nContent-Length: -\r\n\r\n`, '400'],
    ['a NUL in a header', `${POST}X: a\0b\r\n\r\n`, '400'],
    ['no host', 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n', '400'],
    ['a path that is none', 'GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', '400'],
    ['headers without end', `${POST}X: ${'x'.repeat(40_000)}\r\n\r\n`, '431'],
    ['headers without number', `${POST}${'X: y\r\n'.repeat(300)}Connection: close\r\n\r\n`, '431'],
  ])('%s is answered as it should be', async (_case, sent, status) => {
    server = await startServer();
    const answer = await speakRaw(server.port, [sent]);
    expect(statusesOf(answer)).toEqual([status]);
    expect(answer).toMatch(/\r\ncontent-type: application\/json; charset=utf-8\r\n.*\r\n\r\n\{"error":"[^"]+"\}$/is);
  });
});

describe('HTTP as it may be spoken', () => {
  const text = JSON.stringify({ events: [GOOD] });
  const LAST = 'Connection: close\r\n';
  const chunked = `${text.length.toString(16)};name=value\r\n${text}\r\n0\r\n`;

  it.each([
    [
      'requests in a row without waiting',
      `${GET}${POST}Content-Length: ${text.length}\r\n\r\n${text}${LAST_GET}`,
      ['200', '200', '200'],
    ],
    [
      'chunks with extensions and trailers',
      `${POST}${LAST}Transfer-Encoding: chunked\r\n\r\n${chunked}X-Sum: 1\r\n\r\n`,
      ['200'],
    ],
    [
      'a target with scheme and host',
      `${POST.replace('/webhook', 'http://crewspan.example/webhook')}${LAST}Content-Length: ${text.length}\r\n\r\n${text}`,
      ['200'],
    ],
    [
      'a target with a query',
      `${POST.replace('/webhook', '/webhook?a=b')}${LAST}Content-Length: ${text.length}\r\n\r\n${text}`,
      ['200'],
    ],
    [
      'HTTP/1.0 without a host',
      `POST /webhook HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
      ['200'],
    ],
    [
      'an upgrade that is not on offer',
      `${POST}${LAST.replace('close', 'upgrade, close')}Upgrade: h2c\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
      ['200'],
    ],
    [
      'an expectation unknown here',
      `${POST}${LAST}Expect: 200-ok\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
      ['200'],
    ],
    ['an empty line before the request', `\r\n${LAST_GET}`, ['200']],
  ])('%s is taken', async (_case, sent, statuses) => {
    server = await startServer();
    expect(statusesOf(await speakRaw(server.port, [sent]))).toEqual(statuses);
  });

  it.each(['HEAD', 'OPTIONS', 'TRACE', 'PATCH', 'PROPFIND', 'PURGE', 'SUBSCRIBE'])(
    'the method %s is answered 405 and which one would do',
    async method => {
      server = await startServer();
      const answer = await speakRaw(server.port, [`${method} /webhook HTTP/1.1\r\nHost: x\r\n${LAST}\r\n`]);
      expect(answer).toMatch(/^HTTP\/1.1 405 .*\r\nallow: POST\r\n/s);
    },
  );

  it('a tunnel is answered 405', async () => {
    server = await startServer();
    const answer = await speakRaw(server.port, ['CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n']);
    expect(answer).toMatch(/^HTTP\/1.1 405 .*\{"error":/s);
  });
});

describe('a sender that waits until it is asked for its body', () => {
  const text = JSON.stringify({ events: [GOOD] });
  const EXPECTING = `${POST}Expect: 100-continue\r\nContent-Length: ${text.length}\r\n`;

  it('is asked', async () => {
    server = await startServer();
    const client = open(`${EXPECTING}Connection: close\r\n\r\n`);
    await expect.poll(client.received).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    client.socket.write(text);
    await client.closed;
    expect(statusesOf(client.received())).toEqual(['100', '200']);
  });

  it('is not asked for what would be refused', async () => {
    server = await startServer({ tokens: new Map([['default', ['a-token']]]) });
    const client = open(`${EXPECTING}\r\n`);
    await client.closed;
    expect(statusesOf(client.received())).toEqual(['401']);
    expect(client.received()).toMatch(/connection: close/i);
    await server.app.close();
    server = await startServer();
  });
});

describe('a sender that is refused while it sends', () => {
  const CHUNK = 'x'.repeat(100_000);

  /** A sender that looks for its answer when it has sent all. */
  async function sendAll(head: string, { chunks, pauseMs }: { readonly chunks: number; readonly pauseMs: number }) {
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    let broken: Error | undefined;
    socket.on('error', error => {
      broken = error;
    });
    socket.write(`${head}Content-Length: ${chunks * CHUNK.length}\r\n\r\n`);
    for (let sent = 0; sent < chunks && broken === undefined; sent++) {
      await new Promise(resolve => socket.write(CHUNK, resolve));
      await sleep(pauseMs);
    }
    expect(broken).toBeUndefined();
    let received = '';
    socket.on('data', data => {
      received += data;
    });
    await expect.poll(() => statusesOf(received)).toEqual(['413']);
    socket.destroy();
  }

  it.each([
    ['on a connection that goes on', POST],
    ['on a connection that is to be closed', `${POST}Connection: close\r\n`],
    ['over HTTP/1.0', 'POST /webhook HTTP/1.0\r\nContent-Type: application/json\r\n'],
  ])('gets to read its answer %s', async (_case, head) => {
    server = await startServer();
    await sendAll(head, { chunks: 100, pauseMs: 0 });
  });

  it('gets to read its answer though it takes longer than a silent one may', async () => {
    server = await startServer();
    await sendAll(POST, { chunks: 30, pauseMs: 100 });
  });
});

describe('connections beyond the limit', () => {
  it('are closed, and the log says so once in a while', async () => {
    server = await startServer({ maxConnections: 2 });
    const kept = [open(GET), open(GET)];
    await expect.poll(() => kept.map(client => client.received().length > 0)).toEqual([true, true]);
    for (let i = 0; i < 3; i++) {
      expect(await speakRaw(server.port, [GET])).toBe('');
    }
    const lines = server.logLines.filter(line => line.includes('there are too many'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/"maxConnections":2/);
    for (const { socket } of kept) socket.destroy();
    await Promise.all(kept.map(({ closed }) => closed));
    await expect
      .poll(() =>
        get(server, '/healthz').then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .toBe(200);
  });
});
