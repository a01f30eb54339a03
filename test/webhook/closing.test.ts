import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Receipt } from '../../src/webhook/receiver.ts';
import { GOOD, MAX_BODY, post, startServer } from './support.ts';

describe('a server that closes', () => {
  it('answers who is waiting first', async () => {
    const server = await startServer();
    let release: (receipt: Receipt) => void = () => {};
    const journal = new Promise<Receipt>(resolve => {
      release = resolve;
    });
    server.receiver.respond = () => journal;
    const answer = post(server, { events: [GOOD] });
    await expect.poll(() => server.receiver.batches.length).toBe(1);

    const closed = server.app.close();
    await expect.poll(() => server.app.server.listening).toBe(false);
    release({ status: 'durable', accepted: 1, duplicates: 0 });
    expect((await answer).status).toBe(200);
    await closed;
  });

  it('does not wait for a connection without a request', async () => {
    const server = await startServer();
    const socket = connect(server.port, '127.0.0.1');
    await Promise.all([once(socket, 'connect'), once(server.app.server, 'connection')]);
    await Promise.all([server.app.close(), once(socket, 'close')]);
  });

  it('does not wait for the rest of a refused body', async () => {
    const server = await startServer();
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      `POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${MAX_BODY + 1}\r\n\r\n`,
    );
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 413 /);
    await Promise.all([server.app.close(), once(socket, 'close')]);
  });
});
