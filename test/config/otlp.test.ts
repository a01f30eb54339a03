import { describe, expect, it } from 'vitest';
import { hasOpenssl, makeCertificates } from '../delivery/certificates.ts';
import { faultOf, load, writeTemporary } from './support.ts';

const BASE = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const TRACES = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
const GRPC = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };

const endpoint = (env: Readonly<Record<string, string>>) => load(env).delivery?.endpoint.href;

describe('the endpoint over HTTP', () => {
  it.each([
    ['http://collector:4318', 'http://collector:4318/v1/traces'],
    ['http://collector:4318/', 'http://collector:4318/v1/traces'],
    ['https://host/otlp', 'https://host/otlp/v1/traces'],
    ['https://host/otlp/', 'https://host/otlp/v1/traces'],
    ['https://host/v1/traces', 'https://host/v1/traces'],
    ['https://host/otlp/v1/traces/', 'https://host/otlp/v1/traces'],
    ['https://host/otlp?key=1', 'https://host/otlp/v1/traces?key=1'],
    ['HTTP://host', 'http://host/v1/traces'],
  ])('%s leads to %s', (base, expected) => {
    expect(endpoint({ [BASE]: base })).toBe(expected);
  });

  it('for traces is used as it is', () => {
    expect(endpoint({ [BASE]: 'http://a', [TRACES]: 'http://b/x' })).toBe('http://b/x');
    expect(load({ [TRACES]: 'http://b/x' }).warnings).toEqual([]);
  });

  it('for traces without a path is used as it is, with a warning', () => {
    const settings = load({ [TRACES]: 'http://b:4318' });
    expect(settings.delivery?.endpoint.href).toBe('http://b:4318/');
    expect(settings.warnings).toEqual([expect.stringContaining('/v1/traces')]);
  });

  it.each(['localhost:4318', 'collector', 'ftp://host', 'http://', 'http://a b', 'unix:///x'])('%s is none', value => {
    expect(faultOf({ [BASE]: value })).toContain(`${BASE} must be a URL`);
  });

  it('shows no password when it is faulty', () => {
    expect(faultOf({ [TRACES]: 'htp://user:hidden@host' })).not.toContain('hidden');
  });
});

describe('the endpoint over gRPC', () => {
  it.each([
    [{}, 'http://localhost:4317/'],
    [{ [BASE]: 'http://collector:4317' }, 'http://collector:4317/'],
    [{ [BASE]: 'https://collector:4317/path?x=1' }, 'https://collector:4317/'],
    [{ [BASE]: 'collector:4317' }, 'https://collector:4317/'],
    [{ [BASE]: 'collector:4317', OTEL_EXPORTER_OTLP_INSECURE: 'true' }, 'http://collector:4317/'],
    [{ [BASE]: 'https://c:4317', OTEL_EXPORTER_OTLP_INSECURE: 'true' }, 'https://c:4317/'],
    [
      { [TRACES]: 'c:1', OTEL_EXPORTER_OTLP_INSECURE: 'true', OTEL_EXPORTER_OTLP_TRACES_INSECURE: 'false' },
      'https://c:1/',
    ],
    [{ [BASE]: 'http://a:1', [TRACES]: '[::1]:4317' }, 'https://[::1]:4317/'],
  ])('%j leads to %s', (env, expected) => {
    expect(endpoint({ ...GRPC, ...env })).toBe(expected);
  });

  it.each(['dns:///host:4317', ':4317', 'host:port'])('%s is none', value => {
    expect(faultOf({ ...GRPC, [BASE]: value })).toContain(`${BASE} must be http(s)://host:port or host:port`);
  });
});

describe('what is set for traces', () => {
  it('wins', () => {
    const { delivery } = load({
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: 'none',
      OTEL_EXPORTER_OTLP_TIMEOUT: '1',
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '2',
      OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Basic%20YTpi==,x=1',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'X=2',
    });
    expect(delivery).toMatchObject({ protocol: 'http/json', compression: 'none', timeoutMs: 2 });
    expect(delivery?.headers).toEqual({ authorization: 'Basic YTpi==', x: '2' });
  });
});

describe('headers', () => {
  it.each([
    ['without "="', 'hidden', 'pair 1 has no "="'],
    ['with a name that is none', 'a=1,b c=hidden', 'pair 2 has a name that is not a header name'],
    ['with a line break', 'a=hidden%0d%0ax: y', 'pair 1 has a value that a header cannot hold'],
    ['with a percent sign alone', 'a=hidden%', 'pair 1 has a "%" that does not start a percent-encoding'],
  ])('%s', (_case, value, expected) => {
    const message = faultOf({ OTEL_EXPORTER_OTLP_HEADERS: value });
    expect(message).toContain(expected);
    expect(message).not.toContain('hidden');
  });

  it('called __proto__ are headers', () => {
    const headers = load({ OTEL_EXPORTER_OTLP_HEADERS: '__proto__=x' }).delivery?.headers ?? {};
    expect(Object.entries(headers)).toEqual([['__proto__', 'x']]);
  });
});

describe('TLS', () => {
  it.skipIf(!hasOpenssl)('has its files read, those for traces first (needs openssl)', () => {
    const { ca, client } = makeCertificates();
    const authorities = writeTemporary('ca.pem', String(ca));
    const certificate = writeTemporary('cert.pem', String(client.cert));
    const key = writeTemporary('key.pem', String(client.key));
    const { delivery } = load({
      OTEL_EXPORTER_OTLP_CERTIFICATE: '/no/such/file',
      OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: authorities,
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: certificate,
      OTEL_EXPORTER_OTLP_CLIENT_KEY: '/no/such/file',
      OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY: key,
    });
    expect(delivery).toMatchObject({
      tls: { ca, ...client },
      tlsFiles: { authorities, own: { certificate, key } },
    });
  });

  it.each([
    ['hidden', 'must name a PEM file'],
    // Node takes it, and every export would fail.
    ['-----BEGIN CERTIFICATE-----\nhidden==\n-----END CERTIFICATE-----\n', 'must hold a certificate in PEM'],
  ])('refuses an authority that is none (%j), without a word of what it holds', (content, expected) => {
    const message = faultOf({ OTEL_EXPORTER_OTLP_CERTIFICATE: writeTemporary('ca.pem', content) });
    expect(message).toContain(`OTEL_EXPORTER_OTLP_CERTIFICATE ${expected}`);
    expect(message).not.toContain('hidden');
  });

  it('is not looked at when nothing is delivered', () => {
    expect(load({ OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_CERTIFICATE: '/no/such' }).delivery).toBeUndefined();
  });
});
