import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GOOD, post, speakRaw, startServer, type TestServer } from './support.ts';

let server: TestServer;

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

beforeEach(async () => {
  server = await startServer({
    tokens: new Map([
      ['default', ['plain-token']],
      ['team-a', ['old-a', 'new:a']],
      ['team-b', ['b']],
    ]),
  });
});

afterEach(async () => {
  expect((await post(server, { events: [GOOD] }, bearer('plain-token'))).status).toBe(200);
  await server.app.close();
});

describe('tokens', () => {
  it('knows the source by its token', async () => {
    await post(server, { events: [GOOD] }, bearer('b'));
    expect(server.receiver.batches[0]?.source).toBe('team-b');
  });

  it.each(['old-a', 'new:a'])('takes each token of a source: %s', async token => {
    expect((await post(server, { events: [GOOD] }, { ...bearer(token), path: '/webhook/team-a' })).status).toBe(200);
    expect(server.receiver.batches[0]?.source).toBe('team-a');
  });

  it('takes one longer than any is filled up to, and nothing that only begins like it', async () => {
    const long = 'x'.repeat(300);
    const other = await startServer({ tokens: new Map([['default', [long, 'short']]]) });
    const statusOf = async (token: string) => (await post(other, { events: [GOOD] }, bearer(token))).status;
    expect(await statusOf(long)).toBe(200);
    for (const wrong of [long.slice(1), `${long}x`, 'x'.repeat(256), 'x']) expect(await statusOf(wrong)).toBe(401);
    await other.app.close();
  });

  it('takes the scheme in any case', async () => {
    const answer = await post(server, { events: [GOOD] }, { headers: { authorization: 'bearer  b' } });
    expect(answer.status).toBe(200);
  });

  it('refuses a request without one, with a challenge and no error code (RFC 6750 §3.1)', async () => {
    const answer = await post(server, { events: [GOOD] });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="crewspan"');
    expect(answer.body).toEqual({ error: 'a bearer token is needed' });
  });

  it.each(['wrong', 'plain-toke', 'plain-token2', 'plain-tokenÿ', 'plain-tokeÿ', 'bÿ', 'default:plain-token', ''])(
    'refuses the token "%s"',
    async token => {
      const answer = await post(server, { events: [GOOD] }, bearer(token));
      expect(answer.status).toBe(401);
      expect(server.receiver.batches).toEqual([]);
    },
  );

  it('says invalid_token of a wrong one', async () => {
    const answer = await post(server, { events: [GOOD] }, bearer('wrong'));
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="crewspan", error="invalid_token"');
  });

  it("refuses another source's token", async () => {
    const answer = await post(server, { events: [GOOD] }, { ...bearer('b'), path: '/webhook/team-a' });
    expect(answer.status).toBe(401);
  });

  it('refuses a source unknown, and one that only objects have', async () => {
    expect((await post(server, { events: [GOOD] }, { ...bearer('b'), path: '/webhook/nobody' })).status).toBe(401);
    expect((await post(server, { events: [GOOD] }, { ...bearer('b'), path: '/webhook/__proto__' })).status).toBe(401);
  });

  it('refuses a token in another scheme', async () => {
    const answer = await post(server, { events: [GOOD] }, { headers: { authorization: 'Basic plain-token' } });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="crewspan"');
  });

  it('refuses before the body was sent, whatever the body is', async () => {
    const answer = await speakRaw(server.port, [
      'POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: garbage\r\nContent-Length: 999999999\r\n\r\n',
    ]);
    expect(answer).toMatch(/^HTTP\/1.1 401 /);
  });

  it('never writes a token into the log', async () => {
    await post(server, { events: [GOOD] }, bearer('wrong-but-secret'));
    await post(server, { events: [GOOD] }, bearer('plain-token'));
    await expect.poll(() => server.logLines.join()).toContain('a webhook request was refused');
    expect(server.logLines.join()).not.toMatch(/wrong-but-secret|plain-token/);
  });

  it('lets health be asked without one', async () => {
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });
});
