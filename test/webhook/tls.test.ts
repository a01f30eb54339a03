/** TLS on the public listener, and certificates that are renewed while it runs. */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type SecureVersion } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { type KeyPairFiles, readKeyPair } from '../../src/pem-files.ts';
import { type Certificates, hasOpenssl, type KeyAndCertificate, makeCertificates } from '../delivery/certificates.ts';
import { GOOD, speakRaw, startServer, type TestServer } from './support.ts';

describe.skipIf(!hasOpenssl)('a listener with a certificate (needs openssl)', () => {
  const certificates: Certificates | undefined = hasOpenssl ? makeCertificates() : undefined;
  let server: TestServer | undefined;
  let directory: string | undefined;

  afterEach(async () => {
    await server?.app.close();
    if (directory !== undefined) rmSync(directory, { recursive: true });
  });

  function made(): Certificates {
    if (certificates === undefined) throw new Error('there are no certificates');
    return certificates;
  }

  function inDirectory(name: string): string {
    directory ??= mkdtempSync(join(tmpdir(), 'crewspan-tls-'));
    return join(directory, name);
  }

  function write(pair: KeyAndCertificate, folder = '.'): KeyPairFiles {
    mkdirSync(inDirectory(folder), { recursive: true });
    const files = { certificate: inDirectory(`${folder}/tls.crt`), key: inDirectory(`${folder}/tls.key`) };
    writeFileSync(files.certificate, pair.cert);
    writeFileSync(files.key, pair.key);
    return files;
  }

  async function start(files: KeyPairFiles, timeouts = {}): Promise<TestServer> {
    const reading = readKeyPair(files);
    if (!reading.ok) throw new Error(reading.fault);
    server = await startServer({ tls: { files, pair: reading.pair }, renewEveryMs: 10, timeouts });
    return server;
  }

  /** The common name of the certificate that a new connection is shown. */
  async function shown(port: number, maxVersion: SecureVersion = 'TLSv1.3'): Promise<string | string[] | undefined> {
    const socket = connect({ port, host: '127.0.0.1', ca: made().ca, maxVersion, minVersion: 'TLSv1' });
    await once(socket, 'secureConnect');
    const name = socket.getPeerCertificate().subject.CN;
    socket.destroy();
    return name;
  }

  const logged = (text: string): number => (server?.logLines ?? []).filter(line => line.includes(text)).length;

  it('takes webhooks', async () => {
    const { url } = await start(write(made().server));
    expect(url).toMatch(/^https:/);
    const sending = request(`${url}/webhook`, {
      method: 'POST',
      ca: made().ca,
      headers: { 'content-type': 'application/json', connection: 'close' },
    });
    sending.end(JSON.stringify({ events: [GOOD] }));
    const [response] = await once(sending, 'response');
    expect(response.statusCode).toBe(200);
    response.resume();
  });

  it('speaks TLS 1.2 and 1.3, and nothing older', async () => {
    const { port } = await start(write(made().server));
    expect(await shown(port, 'TLSv1.2')).toBe('server');
    await expect(shown(port, 'TLSv1.1')).rejects.toThrow();
  });

  it('answers nothing to who speaks plain HTTP, and goes on', async () => {
    const { port } = await start(write(made().server));
    const answer = await speakRaw(port, ['GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n']);
    expect(answer).not.toMatch(/HTTP/);
    expect(await shown(port)).toBe('server');
  });

  it('waits for no handshake for ever, and a close for none at all', async () => {
    const { port } = await start(write(made().server), { handshake: 50 });
    const silent = connectPlain(port, '127.0.0.1').on('error', () => {});
    await once(silent, 'close');
    await server?.app.close();
    const patient = await start(write(made().server));
    const another = connectPlain(patient.port, '127.0.0.1').on('error', () => {});
    await once(patient.app.server, 'connection');
    await Promise.all([patient.app.close(), once(another, 'close')]);
  });

  it('takes up files replaced by rename', async () => {
    const files = write(made().server);
    const { port } = await start(files);
    const next = write(made().renewed, 'next');
    renameSync(next.certificate, files.certificate);
    renameSync(next.key, files.key);
    await expect.poll(() => shown(port)).toBe('renewed');
    expect(logged('loaded a renewed certificate')).toBe(1);
    expect(server?.logLines.join()).not.toMatch(/PRIVATE KEY/);
  });

  it('takes up files behind a symlink that is swapped, as Kubernetes does', async () => {
    write(made().server, '..old');
    write(made().renewed, '..new');
    symlinkSync('..old', inDirectory('..data'));
    for (const name of ['tls.crt', 'tls.key']) symlinkSync(join('..data', name), inDirectory(name));
    const { port } = await start({ certificate: inDirectory('tls.crt'), key: inDirectory('tls.key') });
    expect(await shown(port)).toBe('server');
    symlinkSync('..new', inDirectory('..data_tmp'));
    renameSync(inDirectory('..data_tmp'), inDirectory('..data'));
    await expect.poll(() => shown(port)).toBe('renewed');
  });

  it('still speaks nothing old after a renewal, and keeps open connections', async () => {
    const files = write(made().server);
    const { port } = await start(files);
    const kept = connect({ port, host: '127.0.0.1', ca: made().ca });
    await once(kept, 'secureConnect');
    write(made().renewed);
    await expect.poll(() => shown(port)).toBe('renewed');
    await expect(shown(port, 'TLSv1.1')).rejects.toThrow();
    kept.write('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    const [answer] = await once(kept, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 200 /);
  });

  it.each([
    ['is the half of a renewal', (files: KeyPairFiles) => writeFileSync(files.certificate, made().renewed.cert)],
    ['is no PEM', (files: KeyPairFiles) => writeFileSync(files.key, 'garbage')],
    ['is gone', (files: KeyPairFiles) => unlinkSync(files.key)],
  ])('keeps the old certificate while the new one %s, and says so once', async (_case, spoil) => {
    const files = write(made().server);
    const { port } = await start(files);
    spoil(files);
    await expect.poll(() => logged('cannot be used; the old one stays')).toBe(1);
    expect(await shown(port)).toBe('server');
    expect(logged('cannot be used; the old one stays')).toBe(1);
    write(made().renewed);
    await expect.poll(() => shown(port)).toBe('renewed');
  });
});
