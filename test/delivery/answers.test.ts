/** What each answer of a backend means, on real sockets. */
import { once } from 'node:events';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createTransport } from '../../src/delivery/create-transport.ts';
import { createGrpcTransport } from '../../src/delivery/grpc-transport.ts';
import { createHttpTransport } from '../../src/delivery/http-transport.ts';
import {
  type Backend,
  EVERYTHING_TAKEN,
  type GrpcBehaviour,
  type HttpAnswer,
  type HttpBehaviour,
  startGrpcBackend,
  startHttpBackend,
} from './backends.ts';
import { exportOnce, send, settingsFor } from './harness.ts';
import { RetryInfo, RpcStatus, responseBytes } from './otlp-proto.ts';
import { makeSpans } from './spans.ts';

const GRPC = { 'content-type': 'application/grpc' };

let backend: Backend | undefined;

afterEach(async () => {
  await backend?.close();
  backend = undefined;
});

async function overHttp(behave: HttpBehaviour | HttpAnswer, more: Parameters<typeof settingsFor>[1] = {}) {
  backend = await startHttpBackend(typeof behave === 'function' ? behave : () => behave);
  return exportOnce(settingsFor(backend.url, more));
}

async function overGrpc(behave: GrpcBehaviour, more: Parameters<typeof settingsFor>[1] = {}) {
  backend = await startGrpcBackend(behave);
  return exportOnce(settingsFor(backend.url, { protocol: 'grpc', ...more }));
}

describe('HTTP', () => {
  it.each([200, 202, 204])('%i is success', async code => {
    expect(await overHttp({ status: code })).toEqual({ kind: 'taken' });
  });

  it.each([301, 307, 401, 403, 404, 405, 408, 409, 415, 429, 500, 502, 503, 504])(
    '%i speaks of the backend',
    async code => {
      expect(await overHttp({ status: code })).toMatchObject({ kind: 'backend', cause: `HTTP_${code}` });
    },
  );

  it.each([400, 413, 422])('%i speaks of the payload', async code => {
    expect(await overHttp({ status: code })).toMatchObject({ kind: 'payload', cause: `HTTP_${code}` });
  });

  it('a wrong path is explained, without what is secret in the URL', async () => {
    backend = await startHttpBackend(() => ({ status: 404, body: 'not found' }));
    const endpoint = new URL('/v1/traces/v1/traces?key=s3cr3t-query', backend.url);
    endpoint.username = 'someone';
    endpoint.password = 's3cr3t-password';
    const outcome = await exportOnce(settingsFor(endpoint));
    expect(outcome).toMatchObject({
      kind: 'backend',
      message: expect.stringContaining(`http://localhost:${backend.port}/v1/traces/v1/traces answered 404`),
    });
    expect(outcome).toMatchObject({
      message: expect.stringContaining('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is taken as it is'),
    });
    expect(JSON.stringify(outcome)).not.toMatch(/s3cr3t|someone/);
    expect(backend.received[0]).toMatchObject({ path: '/v1/traces/v1/traces?key=s3cr3t-query' });
    expect(backend.received[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from('someone:s3cr3t-password').toString('base64')}`,
    );
  });

  it('a backend that repeats the request tells nothing secret of the URL', async () => {
    backend = await startHttpBackend(() => ({
      status: 404,
      body: JSON.stringify({
        message: `Route POST:/v1/traces?key=s3cr3t%2Fquery is not there for ${login}; nor is s3cr3t/query`,
      }),
    }));
    const login = Buffer.from('someone:s3cr3t-password').toString('base64');
    const endpoint = new URL('/v1/traces?key=s3cr3t%2Fquery', backend.url);
    endpoint.username = 'someone';
    endpoint.password = 's3cr3t-password';
    const outcome = await exportOnce(settingsFor(endpoint));
    expect(outcome).toMatchObject({
      message: expect.stringContaining(
        'Route POST:/v1/traces?[redacted] is not there for [redacted]; nor is [redacted]',
      ),
    });
  });

  it('a web page is no success', async () => {
    const page = { headers: { 'content-type': 'text/html' }, body: '<!DOCTYPE html><html>Sign in</html>' };
    expect(await overHttp(page)).toMatchObject({ kind: 'backend', cause: 'NOT_OTLP' });
  });

  it.each([
    ['seconds', '120', 120_000],
    ['no time at all', '0', 0],
    ['a date in the past', 'Wed, 21 Oct 2015 07:28:00 GMT', 0],
    ['a time beyond reason', '99999999999', 3_600_000],
  ])('Retry-After: %s', async (_, value, retryAfterMs) => {
    expect(await overHttp({ status: 503, headers: { 'retry-after': value } })).toMatchObject({ retryAfterMs });
  });

  it('Retry-After: a date', async () => {
    const date = new Date(Date.now() + 60_000).toUTCString();
    const outcome = await overHttp({ status: 429, headers: { 'retry-after': date } });
    expect(outcome).toMatchObject({ retryAfterMs: expect.any(Number) });
    const { retryAfterMs = 0 } = outcome as { retryAfterMs?: number };
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  it('Retry-After: nonsense is passed over', async () => {
    expect(await overHttp({ status: 503, headers: { 'retry-after': 'soon' } })).not.toHaveProperty('retryAfterMs');
  });

  const rpcStatus = Buffer.from(RpcStatus.encode({ code: 3, message: 'span name is empty' }).finish());
  it.each([
    ['a protobuf status', rpcStatus],
    ['a JSON status', '{"code":3,"message":"span name is empty"}'],
    ['JSON of its own', '{"error":{"message":"span name is empty"}}'],
    ['JSON of another own', '{"error":"span name is empty"}'],
    ['text', 'span name\r\n is\u001b empty '],
  ])('the words of an error are passed on: %s', async (_, body) => {
    expect(await overHttp({ status: 400, body })).toMatchObject({
      message: expect.stringMatching(/answered 400: span name is empty$/),
    });
  });

  it('a header that the backend repeats is redacted, and long words are cut', async () => {
    const headers = { authorization: 'Bearer tok-123456789', 'x-key': 'abcdefgh' };
    const body = `bad token tok-123456789 or abcdefgh ${'x'.repeat(10_000)}`;
    const outcome = await overHttp({ status: 401, body }, { headers });
    expect(JSON.stringify(outcome)).not.toMatch(/tok-123456789|abcdefgh/);
    expect(outcome).toMatchObject({ message: expect.stringContaining('bad token [redacted] or [redacted]') });
    expect(JSON.stringify(outcome).length).toBeLessThan(700);
  });

  it.each([
    ['protobuf', 'http/protobuf', responseBytes(2, 'too old'), {}],
    ['JSON', 'http/json', '{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}', {}],
    ['JSON to protobuf', 'http/protobuf', '{"partialSuccess":{"rejectedSpans":2,"errorMessage":"too old"}}', {}],
    ['gzip', 'http/protobuf', gzipSync(responseBytes(2, 'too old')), { 'content-encoding': 'gzip' }],
    [
      'brotli',
      'http/json',
      brotliCompressSync('{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}'),
      { 'content-encoding': 'br' },
    ],
  ] as const)('partial success is read: %s', async (_, protocol, body, headers) => {
    expect(await overHttp({ body, headers: { ...headers } }, { protocol })).toEqual({
      kind: 'partial',
      rejected: 2,
      message: 'too old',
    });
  });

  it('a partial success that rejects nothing is a warning', async () => {
    expect(await overHttp({ body: responseBytes(0, 'use gzip') })).toEqual({ kind: 'taken', warning: 'use gzip' });
  });

  it.each([
    ['damaged protobuf', Buffer.from([0x0a, 0xff, 0xff])],
    ['damaged JSON', '{"partialSuccess":'],
    ['other JSON', '{"partialSuccess":7}'],
    ['text', 'OK'],
    ['more than is worth reading', Buffer.alloc(5_000_000, 'x')],
  ])('success with a body that cannot be read is success: %s', async (_, body) => {
    expect(await overHttp({ body })).toEqual({ kind: 'taken' });
  });

  it('a small answer that inflates without end is not inflated', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    expect(await overHttp({ status: 503, headers: { 'content-encoding': 'gzip' }, body: bomb })).toMatchObject({
      kind: 'backend',
      cause: 'HTTP_503',
    });
  });

  it('no answer within the timeout speaks of the backend', async () => {
    expect(await overHttp(() => 'hang', { timeoutMs: 50 })).toMatchObject({
      kind: 'backend',
      cause: 'TIMEOUT',
      message: expect.stringContaining('within 50 ms'),
    });
  });

  it('a cut connection speaks of the backend', async () => {
    expect(await overHttp(() => 'cut')).toMatchObject({ kind: 'backend', message: expect.stringContaining('reached') });
  });

  it('a host that does not exist speaks of the way to the backend', async () => {
    const outcome = await exportOnce(settingsFor(new URL('http://nowhere.invalid:4318/v1/traces')));
    expect(outcome).toMatchObject({ kind: 'backend', cause: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) });
  });

  it('an export that is called off ends at once', async () => {
    backend = await startHttpBackend(() => 'hang');
    await expect(calledOff()).resolves.toMatchObject({ kind: 'backend' });
  });

  it('one connection is used again', async () => {
    backend = await startHttpBackend(({ headers }) => ({ headers: { 'x-connection': String(headers.connection) } }));
    const transport = createHttpTransport(settingsFor(backend.url, { concurrency: 1 }));
    for (let i = 0; i < 3; i += 1) expect(await send(transport, makeSpans(1))).toEqual({ kind: 'taken' });
    await transport.close();
    expect(backend.connections).toBe(1);
  });

  it.each([
    ['http/protobuf', 'content-length', 's3cr3t'],
    ['http/protobuf', 'transfer-encoding', 's3cr3t'],
    ['http/protobuf', 'expect', 's3cr3t'],
    ['grpc', 'authorization', 's3cr3t\u00e9'],
    ['grpc', 'authorization', 's3cr3t\t'],
    ['grpc', 'x!token', 's3cr3t'],
  ] as const)(
    'of %s, the header %s that cannot be sent is refused without its value',
    async (protocol, name, value) => {
      const headers = { [name]: value };
      const create = () => createTransport(settingsFor(new URL('http://localhost:1'), { protocol, headers }));
      const says = (message: unknown) => expect.objectContaining({ code: 'CREWSPAN_CONFIG', message });
      await expect(create()).rejects.toThrowError(says(expect.stringContaining(name)));
      await expect(create()).rejects.toThrowError(says(expect.not.stringContaining('s3cr3t')));
    },
  );

  it.each(['http/protobuf', 'grpc'] as const)(
    'a header that cannot be sent is refused without its value: %s',
    async protocol => {
      const headers = { authorization: 's3cr3t\n' };
      const create = () => createTransport(settingsFor(new URL('http://localhost:1'), { protocol, headers }));
      await expect(create()).rejects.toThrowError(expect.objectContaining({ code: 'CREWSPAN_CONFIG' }));
      await expect(create()).rejects.toThrowError(
        expect.not.objectContaining({ message: expect.stringContaining('s3cr3t') }),
      );
    },
  );
});

describe('gRPC', () => {
  it('OK is success', async () => {
    expect(await overGrpc(() => EVERYTHING_TAKEN)).toEqual({ kind: 'taken' });
  });

  it.each([
    'CANCELLED',
    'UNKNOWN',
    'DEADLINE_EXCEEDED',
    'NOT_FOUND',
    'PERMISSION_DENIED',
    'RESOURCE_EXHAUSTED',
    'FAILED_PRECONDITION',
    'ABORTED',
    'OUT_OF_RANGE',
    'UNIMPLEMENTED',
    'INTERNAL',
    'UNAVAILABLE',
    'DATA_LOSS',
    'UNAUTHENTICATED',
  ] as const)('%s speaks of the backend', async name => {
    expect(await overGrpc(() => ({ code: status[name] }))).toMatchObject({ kind: 'backend', cause: `GRPC_${name}` });
  });

  it('INVALID_ARGUMENT speaks of the payload', async () => {
    expect(await overGrpc(() => ({ code: status.INVALID_ARGUMENT, details: 'empty name' }))).toMatchObject({
      kind: 'payload',
      cause: 'GRPC_INVALID_ARGUMENT',
      message: expect.stringContaining('empty name'),
    });
  });

  it.each([
    'grpc: received message larger than max (5242880 vs. 4194304)',
    'grpc: received message after decompression larger than max 4194304',
    'gRPC message exceeds maximum size 4194304: 5242880',
    'Received message larger than max (5242880 vs 4194304)',
  ])('RESOURCE_EXHAUSTED for its size speaks of the payload: %s', async details => {
    expect(await overGrpc(() => ({ code: status.RESOURCE_EXHAUSTED, details }))).toMatchObject({
      kind: 'payload',
      cause: 'GRPC_TOO_LARGE',
    });
  });

  const retryInfo = RetryInfo.encode({ retryDelay: { seconds: 7, nanos: 500_000_000 } }).finish();
  const detail = (typeUrl: string) => ({ typeUrl: `type.googleapis.com/google.rpc.${typeUrl}`, value: retryInfo });
  const details = [detail('ErrorInfo'), detail('RetryInfo')];
  const statusDetails = Buffer.from(RpcStatus.encode({ code: 8, message: 'x', details }).finish());

  it.each(['UNAVAILABLE', 'RESOURCE_EXHAUSTED'] as const)('%s with RetryInfo says when', async name => {
    const behave = () => ({ code: status[name], details: 'larger than max', statusDetails });
    expect(await overGrpc(behave)).toMatchObject({ kind: 'backend', cause: `GRPC_${name}`, retryAfterMs: 7500 });
  });

  it('damaged details are passed over', async () => {
    const behave = () => ({ code: status.UNAVAILABLE, statusDetails: statusDetails.subarray(0, 30) });
    const outcome = await overGrpc(behave);
    expect(outcome).toMatchObject({ kind: 'backend' });
    expect(outcome).not.toHaveProperty('retryAfterMs');
  });

  it('partial success is read', async () => {
    expect(await overGrpc(() => responseBytes(2, 'too old'))).toEqual({
      kind: 'partial',
      rejected: 2,
      message: 'too old',
    });
    await backend?.close();
    expect(await overGrpc(() => responseBytes(0, 'slow down'))).toEqual({ kind: 'taken', warning: 'slow down' });
  });

  it('a repeated header is redacted', async () => {
    const headers = { 'api-key': 's3cr3t-s3cr3t' };
    const outcome = await overGrpc(() => ({ code: status.UNAUTHENTICATED, details: 'bad s3cr3t-s3cr3t' }), { headers });
    expect(outcome).toMatchObject({ message: expect.stringContaining('bad [redacted]') });
    expect(backend?.received[0]?.headers).toMatchObject({ 'api-key': 's3cr3t-s3cr3t' });
  });

  it.each([
    ['a web page', { 'content-type': 'text/html' }, '<html>please log in</html>', 'NOT_OTLP'],
    // Its frame: packed, and two bytes long.
    [
      'one packed in a way that was not asked for',
      { ...GRPC, 'grpc-encoding': 'br' },
      '\x01\0\0\0\x02br',
      'GRPC_UNKNOWN',
    ],
    ['one of more than a MiB', GRPC, `\0\0\x20\0\0${' '.repeat(2 ** 21)}`, 'NOT_OTLP'],
  ])('an answer that is none speaks of the backend: %s', async (_, headers, body, cause) => {
    const server = createServer().on('stream', stream => {
      stream.resume().respond({ ':status': 200, ...headers }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' })).on('error', () => {});
      stream.end(body, 'latin1');
    });
    onTestFinished(() => void server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const endpoint = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    expect(await exportOnce(settingsFor(endpoint, { protocol: 'grpc' }))).toMatchObject({ kind: 'backend', cause });
  });

  it('an HTTP backend is explained', async () => {
    backend = await startHttpBackend(() => ({}));
    const outcome = await exportOnce(settingsFor(backend.url, { protocol: 'grpc', timeoutMs: 2000 }));
    expect(outcome).toMatchObject({ kind: 'backend' });
  });

  it('no answer within the timeout speaks of the backend, and the next call gets a new connection', async () => {
    let asked = 0;
    backend = await startGrpcBackend(() => {
      asked += 1;
      return asked === 1 ? 'hang' : EVERYTHING_TAKEN;
    });
    const transport = createGrpcTransport(settingsFor(backend.url, { protocol: 'grpc', timeoutMs: 300 }));
    expect(await send(transport, makeSpans(1))).toMatchObject({ kind: 'backend', cause: 'GRPC_DEADLINE_EXCEEDED' });
    expect(await send(transport, makeSpans(1))).toEqual({ kind: 'taken' });
    await transport.close();
  });

  it('an export that is called off ends at once', async () => {
    backend = await startGrpcBackend(() => 'hang');
    await expect(calledOff('grpc')).resolves.toMatchObject({ kind: 'backend', cause: 'GRPC_CANCELLED' });
  });
});

/** Called off once the backend has the request. */
async function calledOff(protocol: 'http/protobuf' | 'grpc' = 'http/protobuf') {
  if (backend === undefined) throw new Error('a backend was expected');
  const transport = await createTransport(settingsFor(backend.url, { protocol, timeoutMs: 60_000 }));
  const controller = new AbortController();
  const outcome = transport.send(new Uint8Array(), controller.signal);
  const { received } = backend;
  await vi.waitUntil(() => received.length > 0, { interval: 5 });
  controller.abort();
  try {
    return await outcome;
  } finally {
    await transport.close();
  }
}
