/** TLS to the backend: what is wrong with the certificate, or with the scheme of the endpoint. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkBackend } from '../../../src/doctor/backend/backend.ts';
import { type Backend, EVERYTHING_TAKEN, startGrpcBackend, startHttpBackend } from '../../delivery/backends.ts';
import { type Certificates, hasOpenssl, makeCertificates } from '../../delivery/certificates.ts';
import { adviceOf, contextFor, PROXY_VARIABLES, withCode } from '../support.ts';

describe.skipIf(!hasOpenssl).each(['http/protobuf', 'grpc'] as const)('TLS over %s (needs openssl)', protocol => {
  let certificates: Certificates;
  let backend: Backend | undefined;

  beforeEach(() => {
    for (const name of PROXY_VARIABLES) vi.stubEnv(name, undefined);
    certificates ??= makeCertificates();
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    await backend?.close();
  });

  async function start(options: { tls: boolean; clientCa?: boolean }): Promise<URL> {
    const { server, ca } = certificates;
    const tls = options.tls ? { tls: { ...server, ...(options.clientCa ? { clientCa: ca } : {}) } } : {};
    backend =
      protocol === 'grpc'
        ? await startGrpcBackend(() => EVERYTHING_TAKEN, tls)
        : await startHttpBackend(() => ({}), tls);
    return backend.url;
  }

  function withScheme(url: URL, scheme: string): URL {
    return new URL(url.href.replace(/^https?/, scheme));
  }

  it('a backend whose authority is named is trusted, and its certificate expires', async () => {
    const url = await start({ tls: true });
    const findings = await checkBackend(contextFor(url, { protocol, tls: { ca: certificates.ca } }));
    expect(withCode(findings, 'tls.expires-soon')).toMatchObject({ facts: { days: 1 } });
    expect(withCode(findings, 'backend.taken')).toMatchObject({ status: 'ok' });
  });

  it('one of an unknown authority is not', async () => {
    const url = await start({ tls: true });
    const findings = await checkBackend(contextFor(url, { protocol }));
    const finding = withCode(findings, 'tls.untrusted');
    expect(finding.summary).toContain('test authority');
    expect(adviceOf(finding)).toContain('OTEL_EXPORTER_OTLP_CERTIFICATE');
    expect(findings.at(-1)).toMatchObject({ status: 'fault' });
  });

  it('one of another name is not', async () => {
    const url = await start({ tls: true });
    // The same address, written as no certificate has it.
    url.hostname = '[::ffff:127.0.0.1]';
    const findings = await checkBackend(contextFor(url, { protocol, tls: { ca: certificates.ca } }));
    expect(withCode(findings, 'tls.name').summary).toContain('DNS:localhost');
  });

  it('https to a port without TLS', async () => {
    const url = withScheme(await start({ tls: false }), 'https');
    const findings = await checkBackend(contextFor(url, { protocol, timeoutMs: 2_000 }));
    expect(adviceOf(withCode(findings, 'tls.not-spoken'))).toContain('http://');
  });

  it('http to a port with TLS', async () => {
    const url = withScheme(await start({ tls: true }), 'http');
    const findings = await checkBackend(contextFor(url, { protocol, timeoutMs: 2_000 }));
    expect(adviceOf(withCode(findings, 'backend.speaks-tls'))).toContain('https://');
  });

  it('a client certificate is asked for', async () => {
    const url = await start({ tls: true, clientCa: true });
    const { ca, client } = certificates;
    const without = await checkBackend(contextFor(url, { protocol, tls: { ca }, timeoutMs: 2_000 }));
    expect(without.at(-1)).toMatchObject({ status: 'fault' });
    const shown = await checkBackend(contextFor(url, { protocol, tls: { ca, ...client } }));
    expect(withCode(shown, 'backend.taken')).toMatchObject({ status: 'ok' });
  });

  it('an unchecked certificate is warned of', async () => {
    const url = await start({ tls: true });
    const environment = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    const findings = await checkBackend(contextFor(url, { protocol, tls: { ca: certificates.ca } }, { environment }));
    expect(withCode(findings, 'tls.unverified')).toMatchObject({ status: 'warning' });
  });
});
