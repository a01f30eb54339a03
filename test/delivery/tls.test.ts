/** TLS in both kinds of transport: a private authority, a client certificate, and what is wrong with them. */
import { afterEach, describe, expect, it } from 'vitest';
import type { DeliverySettings } from '../../src/delivery/settings.ts';
import { type Backend, EVERYTHING_TAKEN, type ServerTls, startGrpcBackend, startHttpBackend } from './backends.ts';
import { type Certificates, hasOpenssl, makeCertificates } from './certificates.ts';
import { exportOnce, settingsFor } from './harness.ts';

describe.skipIf(!hasOpenssl).each(['http/protobuf', 'grpc'] as const)('TLS over %s', protocol => {
  const certificates: Certificates = hasOpenssl ? makeCertificates() : none();
  const { ca, server, client } = certificates;
  let backend: Backend | undefined;

  afterEach(async () => backend?.close());

  async function exportTo(tls: ServerTls, ours: DeliverySettings['tls']) {
    backend =
      protocol === 'grpc'
        ? await startGrpcBackend(() => EVERYTHING_TAKEN, { tls })
        : await startHttpBackend(() => ({}), { tls });
    return exportOnce(settingsFor(backend.url, { protocol, tls: ours, timeoutMs: 5000 }));
  }

  it('a backend of a private authority is trusted when the authority is named', async () => {
    expect(await exportTo(server, { ca })).toEqual({ kind: 'taken' });
  });

  it('otherwise it is not, and the operator is told', async () => {
    expect(await exportTo(server, {})).toMatchObject({
      kind: 'backend',
      message: expect.stringMatching(/certificate|issuer/i),
    });
  });

  it('a client certificate is shown', async () => {
    expect(await exportTo({ ...server, clientCa: ca }, { ca, ...client })).toEqual({ kind: 'taken' });
  });

  it('a missing one is the fault of the way, not of the spans', async () => {
    expect(await exportTo({ ...server, clientCa: ca }, { ca })).toMatchObject({ kind: 'backend' });
  });
});

function none(): Certificates {
  const nothing = Buffer.alloc(0);
  const pair = { key: nothing, cert: nothing };
  return { ca: nothing, server: pair, renewed: pair, client: pair };
}
