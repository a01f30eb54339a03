import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { checkPort } from '../../src/doctor/ports.ts';
import { type PortState, probePort } from '../../src/doctor/running.ts';
import { hasOpenssl, makeCertificates } from '../delivery/certificates.ts';
import { freePort } from '../support/ports.ts';
import { startServer, type TestServer } from '../webhook/support.ts';

const host = '127.0.0.1';
const names = { host: 'CREWSPAN_HOST', port: 'CREWSPAN_PORT' };
const judge = (state: PortState, storeHeld: boolean) =>
  checkPort({ address: { host, port: 4319 }, state, names, storeHeld });

describe('a port', () => {
  let server: Server | undefined;
  let crewspan: TestServer | undefined;

  afterEach(async () => {
    await crewspan?.app.close();
    await new Promise(resolve => (server === undefined ? resolve(undefined) : server.close(resolve)));
    server = undefined;
    crewspan = undefined;
  });

  async function listenWith(holder: Server): Promise<number> {
    server = holder;
    await new Promise<void>(resolve => holder.listen(0, host, resolve));
    return (holder.address() as AddressInfo).port;
  }

  it('that is free is left free', async () => {
    const port = await freePort();
    expect(await probePort({ host, port })).toEqual({ kind: 'free' });
    expect(await probePort({ host, port })).toEqual({ kind: 'free' });
  });

  it('that a crewspan holds is known by its answers', async () => {
    crewspan = await startServer();
    expect(await probePort({ host, port: crewspan.port })).toEqual({ kind: 'crewspan' });
    crewspan.receiver.state = { ready: false, reasons: ['still reading'] };
    expect(await probePort({ host, port: crewspan.port })).toEqual({ kind: 'crewspan' });
  });

  it.skipIf(!hasOpenssl)('that a crewspan holds with TLS is known too (needs openssl)', async () => {
    const { key, cert: certificate } = makeCertificates().server;
    const files = { key: '/nowhere/key.pem', certificate: '/nowhere/cert.pem' };
    crewspan = await startServer({ tls: { files, pair: { key, certificate } } });
    expect(await probePort({ host, port: crewspan.port })).toEqual({ kind: 'crewspan' });
  });

  it('that another HTTP server holds is taken, also one that says it is well', async () => {
    const port = await listenWith(createHttpServer((_request, response) => response.end('{"status":"ok"}')));
    expect(await probePort({ host, port })).toEqual({ kind: 'taken' });
  });

  it('that something silent holds is taken', async () => {
    const port = await listenWith(createServer(socket => setTimeout(() => socket.destroy(), 100)));
    expect(await probePort({ host, port })).toEqual({ kind: 'taken' });
  });

  it('of another machine is refused', async () => {
    expect(await probePort({ host: '203.0.113.7', port: 4319 })).toMatchObject({
      kind: 'refused',
      code: 'EADDRNOTAVAIL',
    });
  });

  it('is judged together with the lock of the data directory', () => {
    expect(judge({ kind: 'free' }, false)).toMatchObject({ status: 'ok', code: 'ports.free' });
    expect(judge({ kind: 'crewspan' }, true)).toMatchObject({ status: 'ok', code: 'ports.running' });
    expect(judge({ kind: 'crewspan' }, false)).toMatchObject({ status: 'fault', code: 'ports.other-crewspan' });
    expect(judge({ kind: 'taken' }, true)).toMatchObject({ status: 'fault', code: 'ports.taken' });
    expect(judge({ kind: 'refused', code: 'EACCES' }, false)).toMatchObject({
      status: 'fault',
      advice: expect.stringContaining('1024'),
    });
    expect(judge({ kind: 'refused', code: 'EADDRNOTAVAIL' }, false)).toMatchObject({
      advice: expect.stringContaining('CREWSPAN_HOST'),
    });
  });
});
