/** Backends on real sockets, each with one thing wrong. */
import { createServer, type Server } from 'node:net';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkBackend } from '../../../src/doctor/backend/backend.ts';
import {
  type Backend,
  EVERYTHING_TAKEN,
  type HttpBehaviour,
  startGrpcBackend,
  startHttpBackend,
} from '../../delivery/backends.ts';
import { freePort } from '../../support/ports.ts';
import { adviceOf, contextFor, PROXY_VARIABLES, withCode } from '../support.ts';

let backend: Backend | undefined;
let silent: Server | undefined;

beforeEach(() => {
  for (const name of PROXY_VARIABLES) vi.stubEnv(name, undefined);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await backend?.close();
  silent?.close();
  backend = undefined;
  silent = undefined;
});

async function httpBackend(behave: HttpBehaviour): Promise<URL> {
  backend = await startHttpBackend(behave);
  return backend.url;
}

async function onPath(path: string): Promise<URL> {
  return httpBackend(received => (received.path === path ? {} : { status: 404, body: '404 page not found' }));
}

function at(endpoint: URL, path: string): URL {
  const url = new URL(endpoint);
  url.pathname = path;
  return url;
}

describe('a backend that takes spans', () => {
  it.each(['http/protobuf', 'http/json'] as const)('gets one of doctor over %s, to be looked up', async protocol => {
    const url = await httpBackend(() => ({}));
    const findings = await checkBackend(contextFor(url, { protocol }));
    expect(findings.map(({ code }) => code)).toEqual(['backend.connected', 'backend.taken', 'clock.agrees']);
    expect(backend?.taken).toEqual(['crewspan doctor']);
    const taken = withCode(findings, 'backend.taken');
    expect(taken).toMatchObject({
      facts: { service: 'crewai', protocol },
      details: [expect.stringContaining(String(taken.facts?.['traceId']))],
    });
  });

  it('gets one over gRPC', async () => {
    backend = await startGrpcBackend(() => EVERYTHING_TAKEN);
    const findings = await checkBackend(contextFor(backend.url, { protocol: 'grpc' }));
    expect(findings.every(finding => finding.status === 'ok')).toBe(true);
    expect(backend.taken).toEqual(['crewspan doctor']);
  });

  it('is passed on with its warning', async () => {
    const url = await httpBackend(() => ({ body: '{"partialSuccess":{"errorMessage":"use the new port"}}' }));
    expect(withCode(await checkBackend(contextFor(url)), 'backend.warned')).toMatchObject({
      status: 'warning',
      summary: expect.stringContaining('use the new port'),
    });
  });

  it('tells the time', async () => {
    const url = await httpBackend(() => ({ headers: { date: new Date(Date.now() - 3_600_000).toUTCString() } }));
    expect(withCode(await checkBackend(contextFor(url)), 'clock.off')).toMatchObject({ status: 'warning' });
  });
});

describe('a backend that does not', () => {
  it('may have refused the span alone', async () => {
    const url = await httpBackend(() => ({
      body: '{"partialSuccess":{"rejectedSpans":"1","errorMessage":"no quota"}}',
    }));
    expect(withCode(await checkBackend(contextFor(url)), 'backend.partial')).toMatchObject({
      status: 'fault',
      summary: expect.stringContaining('no quota'),
      facts: { rejected: 1 },
    });
  });

  it.each([401, 403])('may want credentials (%i), which are not shown', async code => {
    const url = await httpBackend(({ headers }) => ({
      status: code,
      body: `no: ${headers['authorization'] ?? 'nothing'}`,
    }));
    const without = withCode(await checkBackend(contextFor(url)), 'backend.unauthorised');
    expect(adviceOf(without)).toContain('No header is sent');
    const headers = { authorization: 'Bearer hush-hush-token' };
    const wrong = withCode(await checkBackend(contextFor(url, { headers })), 'backend.unauthorised');
    expect(adviceOf(wrong)).toContain('authorization');
    expect(JSON.stringify(wrong)).not.toContain('hush-hush');
  });

  it('may want credentials over gRPC', async () => {
    backend = await startGrpcBackend(() => ({ code: status.UNAUTHENTICATED }));
    const findings = await checkBackend(contextFor(backend.url, { protocol: 'grpc' }));
    expect(withCode(findings, 'backend.unauthorised')).toMatchObject({ status: 'fault' });
  });

  it('may be asked at a path doubled in OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', async () => {
    const url = await onPath('/v1/traces');
    const context = contextFor(at(url, '/v1/traces/v1/traces'), {}, { variable: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT' });
    const finding = withCode(await checkBackend(context), 'backend.path');
    expect(finding.summary).toContain('it has /v1/traces twice');
    expect(adviceOf(finding)).toContain(`set OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=${url.origin}/v1/traces.`);
    // What was found out by asking counts as no span.
    expect(backend?.taken).toEqual([]);
  });

  it('may be asked at a path that was appended to', async () => {
    const url = await onPath('/v1/traces');
    const finding = withCode(await checkBackend(contextFor(at(url, '/v1/v1/traces'))), 'backend.path');
    expect(finding.summary).toContain('OTEL_EXPORTER_OTLP_ENDPOINT gets /v1/traces appended');
    expect(adviceOf(finding)).toContain(`set OTEL_EXPORTER_OTLP_ENDPOINT=${url.origin}.`);
  });

  it('may take traces nowhere that could be guessed', async () => {
    const url = await onPath('/somewhere');
    const finding = withCode(await checkBackend(contextFor(url)), 'backend.path');
    expect(adviceOf(finding)).toContain("the backend's documentation");
  });

  it('may be a web page', async () => {
    const url = await httpBackend(() => ({ body: '<!doctype html><title>UI</title>' }));
    expect(withCode(await checkBackend(contextFor(url)), 'backend.path')).toMatchObject({
      facts: { cause: 'NOT_OTLP' },
    });
  });

  it('may be another program at a port known for it', async () => {
    backend = await startHttpBackend(() => ({ status: 404 }), { port: 3100 });
    const finding = withCode(await checkBackend(contextFor(backend.url)), 'backend.wrong-port');
    expect(adviceOf(finding)).toContain('Port 3100 is usually Loki; Tempo takes OTLP at 4318');
  });

  it('may redirect', async () => {
    const url = await httpBackend(() => ({ status: 302, headers: { location: 'https://login.example/?next=secret' } }));
    const finding = withCode(await checkBackend(contextFor(url)), 'backend.redirect');
    expect(finding).toMatchObject({ facts: { location: 'https://login.example/' } });
    expect(JSON.stringify(finding)).not.toContain('next=');
  });

  it('may redirect to TLS', async () => {
    const url = await httpBackend(() => ({ status: 308, headers: { location: 'https://localhost/v1/traces' } }));
    expect(adviceOf(withCode(await checkBackend(contextFor(url)), 'backend.redirect'))).toContain('Write https://');
  });

  it('may be busy', async () => {
    const url = await httpBackend(() => ({ status: 503 }));
    expect(withCode(await checkBackend(contextFor(url)), 'backend.unavailable')).toMatchObject({ status: 'fault' });
  });

  it('may refuse what was sent', async () => {
    const url = await httpBackend(() => ({ status: 400, body: 'bad attribute' }));
    expect(withCode(await checkBackend(contextFor(url)), 'backend.refused').summary).toContain('bad attribute');
  });

  it('may never answer', async () => {
    const url = await httpBackend(() => 'hang');
    const findings = await checkBackend(contextFor(url, { timeoutMs: 300 }));
    expect(withCode(findings, 'backend.timeout')).toMatchObject({ facts: { cause: 'TIMEOUT' } });
  });

  it('may cut every connection', async () => {
    silent = createServer(socket => socket.destroy());
    const port = await new Promise<number>(resolve => {
      silent?.listen(0, 'localhost', () => {
        const address = silent?.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    const findings = await checkBackend(contextFor(new URL(`http://localhost:${port}/v1/traces`), { timeoutMs: 1000 }));
    expect(withCode(findings, 'backend.unreachable')).toMatchObject({ status: 'fault' });
  });

  it('may not be there', async () => {
    const url = new URL(`http://localhost:${await freePort()}/v1/traces`);
    const findings = await checkBackend(contextFor(url));
    expect(findings).toMatchObject([{ code: 'backend.connect', facts: { error: 'ECONNREFUSED' } }]);
    const [inside] = await checkBackend(contextFor(url, {}, { inContainer: true }));
    expect(inside && adviceOf(inside)).toContain('is the container itself');
  });

  it('may have a name that nobody knows', async () => {
    const findings = await checkBackend(contextFor(new URL('http://collector.invalid:4318/v1/traces')));
    expect(findings).toMatchObject([{ status: 'fault', code: 'backend.dns' }]);
  });
});

describe('a protocol that is not the one of the port', () => {
  it('HTTP spoken to gRPC', async () => {
    backend = await startGrpcBackend(() => EVERYTHING_TAKEN);
    const findings = await checkBackend(contextFor(at(backend.url, '/v1/traces'), { timeoutMs: 2_000 }));
    expect(adviceOf(withCode(findings, 'backend.speaks-grpc'))).toContain('OTEL_EXPORTER_OTLP_PROTOCOL=grpc');
  });

  it('gRPC spoken to HTTP', async () => {
    const url = await httpBackend(() => ({}));
    const findings = await checkBackend(contextFor(at(url, ''), { protocol: 'grpc', timeoutMs: 2_000 }));
    expect(adviceOf(withCode(findings, 'backend.speaks-http'))).toContain('OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf');
  });

  it('a gRPC service that is another one', async () => {
    backend = await startGrpcBackend(() => ({ code: status.UNIMPLEMENTED }));
    const findings = await checkBackend(contextFor(backend.url, { protocol: 'grpc' }));
    expect(withCode(findings, 'backend.no-service')).toMatchObject({ status: 'fault' });
  });
});

describe('a proxy', () => {
  it('that is no URL is a fault of the configuration', async () => {
    const context = contextFor(
      new URL('http://backend.example:4318/v1/traces'),
      {},
      { environment: { HTTP_PROXY: 'squid' } },
    );
    expect(await checkBackend(context)).toMatchObject([{ status: 'fault', code: 'settings.invalid' }]);
  });

  it('is connected to instead of the backend', async () => {
    const environment = { HTTP_PROXY: `http://user:hush-hush@localhost:${await freePort()}` };
    const context = contextFor(new URL('http://backend.invalid:4318/v1/traces'), {}, { environment });
    const findings = await checkBackend(context);
    expect(findings).toMatchObject([
      { code: 'backend.connect', summary: expect.stringContaining('the proxy of HTTP_PROXY') },
    ]);
    expect(JSON.stringify(findings)).not.toContain('hush-hush');
  });

  it('carries the test span', async () => {
    const url = await httpBackend(() => ({}));
    const environment = { HTTP_PROXY: url.origin };
    vi.stubEnv('HTTP_PROXY', url.origin);
    const findings = await checkBackend(
      contextFor(new URL('http://backend.invalid:4318/v1/traces'), {}, { environment }),
    );
    expect(withCode(findings, 'backend.taken')).toMatchObject({ status: 'ok' });
    expect(backend?.received[0]?.path).toBe('http://backend.invalid:4318/v1/traces');
  });
});
