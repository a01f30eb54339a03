/**
 * Whatever comes over the wire: only documented answers, nothing left behind, and the next good event is taken.
 * `fast-check` prints seed and path of what failed; give them to `fc.assert` to see it again.
 */
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GOOD, MAX_BODY, post, startServer, type TestServer } from './support.ts';

/** All that docs/webhook.md lists, but 500: that would be a fault. */
const DOCUMENTED = new Set([200, 400, 401, 404, 405, 408, 413, 415, 431, 503]);
const LIMIT_MS = 5_000;

const uncaught: unknown[] = [];
const note = (error: unknown): void => void uncaught.push(error);
let server: TestServer;

beforeAll(() => {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, note);
});

afterEach(async () => {
  await expect.poll(connections, { timeout: 10_000 }).toBe(0);
  expect(server.budget.used).toBe(0);
  // Again where the short waits of a test, and a busy machine, hit this one.
  const good = () => post(server, { events: [GOOD] }, { headers: { connection: 'close' } }).catch(() => undefined);
  await expect.poll(good, { timeout: 8_000 }).toMatchObject({ status: 200, body: { accepted: 1, rejected: [] } });
  expect(uncaught).toEqual([]);
  expect(server.logLines.filter(line => line.includes('nobody foresaw'))).toEqual([]);
  await server.app.close();
});

afterAll(() => {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.off(event, note);
});

function connections(): Promise<number> {
  return new Promise((resolve, reject) => {
    server.app.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

const JSON_HEADERS = { 'content-type': 'application/json', connection: 'close' };

const oddText = fc.oneof(
  fc.string({ maxLength: 10 }),
  fc.constantFrom('__proto__', 'constructor', '\\ud800', '\\u0000', 'é', 'x'.repeat(600), GOOD.id, GOOD.timestamp),
);
const oddNumber = fc.constantFrom('1e999', '-1e-999', '9'.repeat(400), 'NaN', '-Infinity', '-0', '1795431525');
/** JSON text, or nearly: what `JSON.stringify` would not write. */
const oddJson = fc.letrec<{ value: string; members: string }>(tie => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    oddNumber,
    fc.constantFrom('null', 'true', '{}', '[]'),
    oddText.map(text => `"${text.replaceAll('"', '')}"`),
    fc.array(tie('value'), { maxLength: 5 }).map(items => `[${items.join()}]`),
    tie('members').map(members => `{${members}}`),
    fc.tuple(fc.integer({ min: 1, max: 8_000 }), fc.constantFrom('[]', '{"a":}')).map(([depth, around]) => {
      const [open = '', close = ''] = [around.slice(0, -1), around.slice(-1)];
      return `${open.repeat(Math.min(depth, 3_000))}1${close.repeat(Math.min(depth, 3_000))}`;
    }),
  ),
  // Keys may come twice.
  members: fc
    .array(
      fc.tuple(fc.constantFrom('id', 'execution_id', 'timestamp', 'type', 'data', '__proto__', 'events'), tie('value')),
      {
        maxLength: 8,
      },
    )
    .map(members => members.map(([key, value]) => `"${key}":${value}`).join()),
})).value;

const goodText = JSON.stringify(GOOD);
const event = fc.oneof(
  fc.constant(goodText),
  oddJson,
  // A good event, and one of its fields once more: the last one counts.
  fc
    .tuple(fc.constantFrom('id', 'execution_id', 'timestamp', 'type', 'data', '__proto__'), oddJson)
    .map(([key, value]) => `${goodText.slice(0, -1)},"${key}":${value}}`),
);
const body = fc.oneof(
  oddJson,
  fc.array(event, { maxLength: 10 }).map(events => `{"events":[${events.join()}]}`),
  fc.tuple(event, fc.integer({ min: 1, max: 3_000 })).map(([one, times]) => `[${Array(times).fill(one).join()}]`),
  fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes).toString('latin1')),
);

describe('bodies of any kind', () => {
  it('are answered as the docs say', async () => {
    server = await startServer();
    const packing = fc.constantFrom('plain', 'gzip', 'cut', 'spoilt', 'twice', 'none');
    await fc.assert(
      fc.asyncProperty(body, packing, fc.nat(), async (text, packed, at) => {
        const { bytes, encoding } = pack(Buffer.from(text), packed, at);
        const headers = encoding === undefined ? JSON_HEADERS : { ...JSON_HEADERS, 'content-encoding': encoding };
        const answer = await post(server, bytes, { headers });
        expect([200, 400, 413]).toContain(answer.status);
        const { accepted, duplicates, rejected, error } = answer.body;
        if (answer.status !== 200) expect(error).toEqual(expect.any(String));
        else expect([accepted, duplicates, rejected]).toEqual([expect.any(Number), 0, expect.any(Array)]);
      }),
      { interruptAfterTimeLimit: LIMIT_MS, numRuns: 400 },
    );
  });
});

function pack(
  text: Buffer,
  how: string,
  at: number,
): { readonly bytes: Buffer; readonly encoding: string | undefined } {
  if (how === 'plain') return { bytes: text, encoding: undefined };
  if (how === 'none') return { bytes: text, encoding: 'gzip' };
  const zipped = gzipSync(text);
  const place = at % zipped.length;
  if (how === 'cut') return { bytes: zipped.subarray(0, place), encoding: 'gzip' };
  if (how === 'twice') return { bytes: Buffer.concat([zipped, zipped]), encoding: 'gzip' };
  if (how === 'spoilt') zipped.writeUInt8(zipped.readUInt8(place) ^ 0x55, place);
  return { bytes: zipped, encoding: 'gzip' };
}

const pieces = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...wellSpoken()) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes).toString('latin1')) },
  ),
  { minLength: 1, maxLength: 8 },
);

/** What HTTP is made of, to be put together in any order. */
function wellSpoken(): readonly string[] {
  const text = JSON.stringify({ events: [GOOD] });
  return [
    'POST /webhook HTTP/1.1\r\n',
    'POST http://x/webhook/team HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n',
    'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n',
    'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n',
    'Host: x\r\n',
    'Content-Type: application/json\r\n',
    'Content-Encoding: gzip\r\n',
    `Content-Length: ${text.length}\r\n\r\n`,
    `Content-Length: ${MAX_BODY}\r\n`,
    'Transfer-Encoding: chunked\r\n\r\n',
    'Expect: 100-continue\r\n',
    'Upgrade: websocket\r\nConnection: upgrade\r\n',
    `${text.length.toString(16)}\r\n${text}\r\n`,
    '0\r\n\r\n',
    text,
    '\r\n\r\n',
    'ffffffffffffffff\r\n',
    `X: ${'x'.repeat(20_000)}\r\n`,
  ];
}

/** Writes in parts, cut anywhere, and ends, breaks off or falls silent. Resolves to the statuses when all is closed. */
function speak(parts: readonly string[], end: 'end' | 'break' | 'silence'): Promise<readonly number[]> {
  return new Promise(resolve => {
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: end === 'silence', noDelay: true });
    let received = '';
    socket.on('data', data => {
      received += data.toString('latin1');
    });
    socket.on('error', () => {});
    // Who stays silent never closes its end of its own accord.
    socket.once('end', () => setTimeout(() => socket.destroy(), 20));
    socket.once('close', () => resolve([...received.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(match => Number(match[1]))));
    const writeNext = (index: number): void => {
      const part = parts[index];
      if (part !== undefined) socket.write(part, 'latin1', () => setImmediate(writeNext, index + 1));
      else if (end === 'end') socket.end();
      else if (end === 'break') socket.destroy();
    };
    writeNext(0);
  });
}

describe('bytes of any kind', () => {
  it('are answered as the docs say, or cut off', async () => {
    server = await startServer({
      timeouts: { room: 200, headers: 200, request: 400, body: 150, keepAlive: 200, silence: 1_000, lookEvery: 50 },
    });
    const cuts = fc.array(fc.nat(), { maxLength: 6 });
    const script = fc.tuple(pieces, cuts, fc.constantFrom('end', 'break', 'silence'));
    await fc.assert(
      // Several at once, for they share the budget.
      fc.asyncProperty(fc.array(script, { minLength: 1, maxLength: 8 }), async scripts => {
        const statuses = await Promise.all(scripts.map(([parts, at, end]) => speak(split(parts.join(''), at), end)));
        for (const status of statuses.flat()) expect(status === 100 || DOCUMENTED.has(status), `${status}`).toBe(true);
      }),
      { interruptAfterTimeLimit: LIMIT_MS, numRuns: 100 },
    );
  });
});

function split(text: string, cuts: readonly number[]): readonly string[] {
  const at = [...new Set([0, ...cuts.map(cut => cut % (text.length + 1)), text.length])].sort((a, b) => a - b);
  return at.slice(1).map((end, index) => text.slice(at[index], end));
}
