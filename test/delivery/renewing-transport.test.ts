/** Certificates towards the backend that are renewed while delivery runs: real files, real TLS. */
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createRenewingTransport } from '../../src/delivery/renewing-transport.ts';
import type { OtlpProtocol, TlsFiles } from '../../src/delivery/settings.ts';
import { readTls } from '../../src/delivery/tls-files.ts';
import type { Transport } from '../../src/delivery/transport.ts';
import { type Backend, EVERYTHING_TAKEN, type ServerTls, startGrpcBackend, startHttpBackend } from './backends.ts';
import { hasOpenssl, makeCertificates } from './certificates.ts';
import { recordingLog, send, settingsFor } from './harness.ts';
import { makeSpans } from './spans.ts';

interface Fixture {
  readonly log: ReturnType<typeof recordingLog>;
  write(name: string, content: Buffer): string;
  open(endpoint: URL, tlsFiles: TlsFiles): Promise<Transport>;
}

function useFixture(protocol: OtlpProtocol): Fixture {
  let directory = '';
  let transport: Transport | undefined;
  const log = recordingLog();

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'crewspan-renewal-'));
    log.entries.length = 0;
  });

  afterEach(async () => {
    await transport?.close();
    rmSync(directory, { recursive: true });
  });

  return {
    log,
    write(name, content) {
      const file = join(directory, name);
      writeFileSync(`${file}.new`, content);
      renameSync(`${file}.new`, file);
      return file;
    },
    async open(endpoint, tlsFiles) {
      const reading = readTls(tlsFiles);
      if (!reading.ok) throw new Error(reading.fault);
      const settings = settingsFor(endpoint, { protocol, tls: reading.held, tlsFiles, timeoutMs: 5000 });
      transport = await createRenewingTransport(settings, { log, everyMs: 10 });
      return transport;
    },
  };
}

const BROKEN = 'the renewed certificate cannot be used; the old one stays';
const RENEWED = 'loaded a renewed certificate';

describe.skipIf(!hasOpenssl).each(['http/protobuf', 'grpc'] as const)('renewal over %s (needs openssl)', protocol => {
  const { log, write, open } = useFixture(protocol);
  let backend: Backend | undefined;

  afterEach(async () => backend?.close());

  async function serve(tls: ServerTls): Promise<URL> {
    backend =
      protocol === 'grpc'
        ? await startGrpcBackend(() => EVERYTHING_TAKEN, { tls })
        : await startHttpBackend(() => ({}), { tls });
    return backend.url;
  }

  const told = () => log.entries.map(({ message }) => message);
  const outcome = async (transport: Transport) => (await send(transport, makeSpans(1))).kind;

  it('shows the client certificate that there is now; half of a new one leaves the old in use', async () => {
    const { ca, server, client } = makeCertificates();
    const stranger = makeCertificates().client;
    const own = { certificate: write('tls.crt', stranger.cert), key: write('tls.key', stranger.key) };
    const transport = await open(await serve({ ...server, clientCa: ca }), { authorities: write('ca.pem', ca), own });
    expect(await outcome(transport)).toBe('backend');

    write('tls.crt', client.cert);
    await expect.poll(told).toEqual([BROKEN]);
    expect(await outcome(transport)).toBe('backend');

    write('tls.key', client.key);
    await expect.poll(() => outcome(transport)).toBe('taken');
    expect(told()).toEqual([BROKEN, RENEWED]);
    expect(JSON.stringify(log.entries)).not.toContain('-----BEGIN');
  });

  it('trusts the authority that is named now', async () => {
    const { ca, server } = makeCertificates();
    const authorities = write('ca.pem', makeCertificates().ca);
    const transport = await open(await serve(server), { authorities });
    expect(await outcome(transport)).toBe('backend');
    write('ca.pem', ca);
    await expect.poll(() => outcome(transport)).toBe('taken');
  });
});

describe.skipIf(!hasOpenssl)('an export that is under way at a renewal (needs openssl)', () => {
  const { log, write, open } = useFixture('http/protobuf');

  it('comes to its end; later ones have a connection that begins with the new certificate', async () => {
    const { ca, server, client } = makeCertificates();
    const shown: unknown[] = [];
    const waiting: ServerResponse[] = [];
    const backend = createServer({ ...server, ca, requestCert: true }, (request, response) => {
      shown.push(request.socket instanceof TLSSocket && request.socket.getPeerCertificate().subject.CN);
      waiting.push(response);
      request.resume();
    });
    onTestFinished(() => {
      backend.close().closeAllConnections();
    });
    await once(backend.listen(0, '127.0.0.1'), 'listening');
    const endpoint = new URL(`https://127.0.0.1:${(backend.address() as AddressInfo).port}/v1/traces`);
    const own = { certificate: write('tls.crt', client.cert), key: write('tls.key', client.key) };
    const transport = await open(endpoint, { authorities: write('ca.pem', ca), own });

    const first = send(transport, makeSpans(1));
    await expect.poll(() => waiting.length).toBe(1);
    write('tls.crt', server.cert);
    write('tls.key', server.key);
    await expect.poll(() => log.entries.map(({ message }) => message)).toContain(RENEWED);
    const second = send(transport, makeSpans(1));
    await expect.poll(() => waiting.length).toBe(2);
    for (const response of waiting) response.end();

    expect(await Promise.all([first, second])).toEqual([{ kind: 'taken' }, { kind: 'taken' }]);
    expect(shown).toEqual(['client', 'server']);
    await expect.poll(() => openConnections(backend)).toBe(1);
  });
});

function openConnections(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
  );
}
