/** The way through a proxy, as HTTPS_PROXY, HTTP_PROXY and NO_PROXY say. */
import { createServer, request as httpRequest } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createTransport } from '../../src/delivery/create-transport.ts';
import { grpcRoute } from '../../src/delivery/grpc-proxy.ts';
import { type Backend, EVERYTHING_TAKEN, startGrpcBackend, startHttpBackend } from './backends.ts';
import { hasOpenssl, makeCertificates } from './certificates.ts';
import { exportOnce, settingsFor } from './harness.ts';

const VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'https_proxy', 'http_proxy', 'no_proxy', 'grpc_proxy'];

interface Proxy {
  readonly url: string;
  /** What it was asked to connect to, with the credentials it was shown. */
  readonly asked: string[];
  /** Its answer to `CONNECT`, where it makes none. */
  refuseWith?: string;
  close(): Promise<void>;
}

async function startProxy(): Promise<Proxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((incoming, response) => {
    asked.push(`${incoming.url} ${incoming.headers['proxy-authorization'] ?? ''}`);
    const { method, headers } = incoming;
    const onward = httpRequest(incoming.url ?? '', { ...(method === undefined ? {} : { method }), headers }, answer => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(onward);
  });
  server.on('connection', socket => sockets.add(socket));
  server.on('connect', (request, socket: Socket) => {
    asked.push(`${request.url} ${request.headers['proxy-authorization'] ?? ''}`);
    if (proxy.refuseWith !== undefined) {
      socket.end(`HTTP/1.1 ${proxy.refuseWith}\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`tunnel://${request.url}`);
    const onward = connect(Number(port), hostname.replace(/^\[(.*)\]$/, '$1'), () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    sockets.add(onward);
    for (const end of [onward, socket]) end.on('error', () => {});
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const proxy: Proxy = {
    url: `http://someone:pa%40ss@127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return proxy;
}

const hasIpv6 = Object.values(networkInterfaces()).some(addresses =>
  addresses?.some(({ address }) => address === '::1'),
);

const CREDENTIALS = `Basic ${Buffer.from('someone:pa@ss').toString('base64')}`;

describe('a proxy', () => {
  let proxy: Proxy;
  let backend: Backend | undefined;

  beforeEach(async () => {
    for (const name of VARIABLES) vi.stubEnv(name, undefined);
    proxy = await startProxy();
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    await backend?.close();
    await proxy.close();
  });

  it('carries HTTP', async () => {
    backend = await startHttpBackend(() => ({}));
    vi.stubEnv('HTTP_PROXY', proxy.url);
    expect(await exportOnce(settingsFor(backend.url))).toEqual({ kind: 'taken' });
    expect(proxy.asked).toEqual([`${backend.url} ${CREDENTIALS}`]);
  });

  it.skipIf(!hasOpenssl)('carries HTTPS through a tunnel', async () => {
    const { ca, server } = makeCertificates();
    backend = await startHttpBackend(() => ({}), { tls: server });
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    expect(await exportOnce(settingsFor(backend.url, { tls: { ca } }))).toEqual({ kind: 'taken' });
    expect(proxy.asked).toEqual([`localhost:${backend.port} ${CREDENTIALS}`]);
  });

  it('carries gRPC through a tunnel', async () => {
    backend = await startGrpcBackend(() => EVERYTHING_TAKEN);
    vi.stubEnv('HTTP_PROXY', proxy.url);
    expect(await exportOnce(settingsFor(backend.url, { protocol: 'grpc' }))).toEqual({ kind: 'taken' });
    expect(proxy.asked).toEqual([`localhost:${backend.port} ${CREDENTIALS}`]);
  });

  it.skipIf(!hasOpenssl)('carries gRPC over TLS, and the certificate is still that of the backend', async () => {
    const { ca, server } = makeCertificates();
    backend = await startGrpcBackend(() => EVERYTHING_TAKEN, { tls: server });
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    expect(await exportOnce(settingsFor(backend.url, { protocol: 'grpc', tls: { ca } }))).toEqual({ kind: 'taken' });
    expect(proxy.asked).toHaveLength(1);
  });

  it.each(['http/protobuf', 'grpc'] as const)('is left out for what NO_PROXY names (%s)', async protocol => {
    backend = await (protocol === 'grpc' ? startGrpcBackend(() => EVERYTHING_TAKEN) : startHttpBackend(() => ({})));
    vi.stubEnv('HTTP_PROXY', proxy.url);
    vi.stubEnv('NO_PROXY', 'example.com,localhost');
    expect(await exportOnce(settingsFor(backend.url, { protocol }))).toEqual({ kind: 'taken' });
    expect(proxy.asked).toEqual([]);
  });

  describe.skipIf(!hasIpv6).each(['http/protobuf', 'grpc'] as const)(
    'at an address of IPv6 (%s, needs ::1)',
    protocol => {
      async function deliver() {
        vi.stubEnv('HTTP_PROXY', proxy.url);
        backend = await (protocol === 'grpc'
          ? startGrpcBackend(() => EVERYTHING_TAKEN, { host: '[::1]' })
          : startHttpBackend(() => ({}), { host: '[::1]' }));
        return exportOnce(settingsFor(backend.url, { protocol, timeoutMs: 5_000 }));
      }

      it.each(['::1', '[::1]', '0:0:0:0:0:0:0:1', 'example.com, ::1'])('is left out for NO_PROXY=%s', async entry => {
        vi.stubEnv('NO_PROXY', entry);
        expect(await deliver()).toEqual({ kind: 'taken' });
        expect(proxy.asked).toEqual([]);
      });
    },
  );

  it('that lets nothing through to gRPC is told of with its answer, and nowhere but there', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {});
    onTestFinished(() => said.mockRestore());
    vi.stubEnv('HTTP_PROXY', proxy.url);
    proxy.refuseWith = '407 Proxy Authentication Required';
    const outcome = await exportOnce(settingsFor(new URL('http://collector.invalid:4317'), { protocol: 'grpc' }));
    expect(outcome).toMatchObject({
      kind: 'backend',
      message: expect.stringMatching(/through proxy .* with status 407$/),
    });
    expect(JSON.stringify(outcome)).not.toMatch(/pa@ss|pa%40ss/);
    expect(said).not.toHaveBeenCalled();
  });

  it.skipIf(!hasIpv6)('is asked for an address of IPv6 that NO_PROXY does not name (needs ::1)', async () => {
    backend = await startHttpBackend(() => ({}), { host: '[::1]' });
    vi.stubEnv('HTTP_PROXY', proxy.url);
    vi.stubEnv('NO_PROXY', '::2,[::1]:1');
    expect(await exportOnce(settingsFor(backend.url))).toEqual({ kind: 'taken' });
    expect(proxy.asked).toEqual([`${backend.url} ${CREDENTIALS}`]);
  });

  it.each(['http/protobuf', 'grpc'] as const)(
    'is that of HTTP_PROXY where http_proxy is empty (%s)',
    async protocol => {
      backend = await (protocol === 'grpc' ? startGrpcBackend(() => EVERYTHING_TAKEN) : startHttpBackend(() => ({})));
      vi.stubEnv('http_proxy', '');
      vi.stubEnv('HTTP_PROXY', proxy.url);
      expect(await exportOnce(settingsFor(backend.url, { protocol }))).toEqual({ kind: 'taken' });
      expect(proxy.asked).toHaveLength(1);
    },
  );
});

describe('the route of gRPC', () => {
  const HTTPS_PROXY = 'http://proxy:3128';
  const direct = (endpoint: string, environment: Record<string, string>) =>
    !('grpc.http_connect_target' in grpcRoute(new URL(endpoint), environment).options);

  it('has the port of the scheme where none is named', () => {
    expect(grpcRoute(new URL('http://collector'), {}).target).toBe('dns:collector:80');
    expect(grpcRoute(new URL('https://collector'), {}).target).toBe('dns:collector:443');
    expect(grpcRoute(new URL('http://[::1]:4317'), {}).target).toBe('dns:[::1]:4317');
  });

  it.each([
    ['*', true],
    ['a.example.com', true],
    ['example.com', true],
    ['.example.com', true],
    ['*.example.com', true],
    ['a.example.com:4317', true],
    ['a.example.com:443', false],
    ['ample.com', false],
    ['', false],
  ])('NO_PROXY=%s', (NO_PROXY, expected) => {
    expect(direct('https://a.example.com:4317', { HTTPS_PROXY, NO_PROXY })).toBe(expected);
  });

  it.each([
    ['2001:db8::1', true],
    ['[2001:DB8:0::1]', true],
    ['[2001:db8::1]:4317', true],
    ['[2001:db8::1]:443', false],
    ['2001:db8::2', false],
    ['[', false],
  ])('NO_PROXY=%s for an address of IPv6', (NO_PROXY, expected) => {
    expect(direct('https://[2001:db8::1]:4317', { HTTPS_PROXY, NO_PROXY })).toBe(expected);
  });

  it('takes HTTP_PROXY for http only', () => {
    expect(direct('http://collector', { HTTPS_PROXY })).toBe(true);
    expect(direct('http://collector', { HTTP_PROXY: HTTPS_PROXY })).toBe(false);
  });

  it.each(['nonsense', 'ftp://u:s3cr3t@proxy', 'http://u:s3cr3t@proxy:99999'])(
    'refuses a proxy that HTTP cannot use, without its password: %s',
    async proxy => {
      vi.stubEnv('HTTPS_PROXY', proxy);
      onTestFinished(() => void vi.unstubAllEnvs());
      const create = () => createTransport(settingsFor(new URL('https://collector'), { protocol: 'http/protobuf' }));
      await expect(create()).rejects.toThrowError(expect.objectContaining({ code: 'CREWSPAN_CONFIG' }));
      await expect(create()).rejects.not.toThrowError(/s3cr3t/);
    },
  );

  it('refuses a proxy that gRPC cannot use, without its password', () => {
    const route = () => grpcRoute(new URL('https://collector'), { HTTPS_PROXY: 'socks5://u:s3cr3t@proxy' });
    expect(route).toThrowError(expect.objectContaining({ code: 'CREWSPAN_CONFIG' }));
    expect(route).not.toThrowError(/s3cr3t/);
  });
});
