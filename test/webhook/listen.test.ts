import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { CrewspanError } from '../../src/errors.ts';
import { listen } from '../../src/webhook/listen.ts';
import { createAdminServer } from '../../src/webhook/server.ts';
import { createTestReceiver, get, recordLog } from './support.ts';

const settings = { host: 'CREWSPAN_HOST', port: 'CREWSPAN_PORT' };
const { log } = recordLog();
const open: { close(): Promise<unknown> }[] = [];

function createAdmin(options: Partial<Parameters<typeof createAdminServer>[0]> = {}) {
  const app = createAdminServer({ receiver: createTestReceiver(), log, ...options });
  open.push(app);
  return app;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map(app => app.close()));
});

describe('listen', () => {
  it('tells the port that was really bound', async () => {
    const { url, port, host } = await listen(createAdmin(), { host: '127.0.0.1', port: 0, settings, log });
    expect(port).toBeGreaterThan(0);
    expect(host).toBe('127.0.0.1');
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('listens at every address of localhost, and leaves none open', async () => {
    const app = createAdmin();
    const { port } = await listen(app, { host: 'localhost', port: 0, settings, log });
    const addresses = await lookup('localhost', { all: true });
    for (const { address, family } of addresses) {
      const host = family === 6 ? `[${address}]` : address;
      expect((await fetch(`http://${host}:${port}/healthz`)).status).toBe(200);
    }
    await app.close();
    for (const { address } of addresses) {
      const again = createServer().listen({ host: address, port });
      await once(again, 'listening');
      again.close();
    }
  });

  it('says of a port taken which setting to change', async () => {
    const { port } = await listen(createAdmin(), { host: '127.0.0.1', port: 0, settings, log });
    const failure = await listen(createAdmin(), { host: '127.0.0.1', port, settings, log }).catch(error => error);
    expect(failure).toBeInstanceOf(CrewspanError);
    expect(failure.code).toBe('CREWSPAN_LISTEN');
    expect(failure.message).toMatch(`port ${port} on 127.0.0.1 is taken`);
    expect(failure.message).toMatch('CREWSPAN_PORT');
  });

  it('says of a host that is not here which setting to change', async () => {
    const failure = await listen(createAdmin(), { host: '192.0.2.1', port: 0, settings, log }).catch(error => error);
    expect(failure.code).toBe('CREWSPAN_LISTEN');
    expect(failure.message).toMatch('CREWSPAN_HOST');
  });
});

describe('the admin listener', () => {
  it('tells why it is not ready', async () => {
    const receiver = createTestReceiver();
    const server = await listen(createAdmin({ receiver }), { host: '127.0.0.1', port: 0, settings, log });
    expect(await get(server, '/readyz')).toMatchObject({ status: 200, body: { ready: true, reasons: [] } });
    receiver.state = { ready: false, reasons: ['the backend answers 401'] };
    expect(await get(server, '/readyz')).toMatchObject({
      status: 503,
      body: { ready: false, reasons: ['the backend answers 401'] },
    });
  });

  it('takes routes of others, and no webhooks', async () => {
    const app = createAdmin({ routes: admin => void admin.get('/metrics', async () => 'up 1\n') });
    const server = await listen(app, { host: '127.0.0.1', port: 0, settings, log });
    expect(await (await fetch(`${server.url}/metrics`)).text()).toBe('up 1\n');
    expect((await fetch(`${server.url}/webhook`, { method: 'POST', body: '[]' })).status).toBe(404);
  });
});
