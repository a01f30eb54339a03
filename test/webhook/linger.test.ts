/** Real sockets, a clock that is set by hand. */
import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { linger, lingerForRest } from '../../src/webhook/linger.ts';

interface Connection {
  readonly client: Socket;
  readonly socket: Socket;
  readonly request: IncomingMessage;
}

async function open(): Promise<Connection> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const client = connect({ port: typeof address === 'object' ? (address?.port ?? 0) : 0, host: '127.0.0.1' });
  const [socket]: Socket[] = await once(server, 'connection');
  if (socket === undefined) throw new Error('nobody connected');
  socket.resume();
  client.on('error', () => {});
  onTestFinished(() => {
    client.destroy();
    socket.destroy();
    server.close();
  });
  return { client, socket, request: new IncomingMessage(socket) };
}

async function pass(ms: number): Promise<void> {
  vi.advanceTimersByTime(ms);
  await turn();
  await turn();
}

async function send({ client, socket }: Connection): Promise<void> {
  client.write('x');
  await once(socket, 'data');
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a connection that was answered for good', () => {
  it('is closed after two seconds, whatever comes', async () => {
    const connection = await open();
    linger(connection.socket);
    await pass(1_900);
    await send(connection);
    expect(connection.socket.destroyed).toBe(false);
    await pass(100);
    expect(connection.socket.destroyed).toBe(true);
  });

  it('is closed with its other end', async () => {
    const { client, socket } = await open();
    linger(socket);
    client.end();
    await once(socket, 'close');
  });
});

describe('a connection that was answered before its request came whole', () => {
  it('is closed when nothing comes for two seconds', async () => {
    const { socket, request } = await open();
    lingerForRest(request);
    await pass(2_000);
    expect(socket.destroyed).toBe(true);
  });

  it('stays while the rest comes, for half a minute at most', async () => {
    const connection = await open();
    lingerForRest(connection.request);
    for (let seconds = 2; seconds < 30; seconds += 2) {
      await send(connection);
      await pass(2_000);
      expect(connection.socket.destroyed, `after ${seconds} seconds`).toBe(false);
    }
    await send(connection);
    await pass(2_000);
    expect(connection.socket.destroyed).toBe(true);
  });

  it('stays when the rest has come', async () => {
    const { socket, request } = await open();
    lingerForRest(request);
    request.complete = true;
    await pass(60_000);
    expect(socket.destroyed).toBe(false);
  });

  it('is watched anew for each request, by the same listeners', async () => {
    const { socket, request } = await open();
    lingerForRest(request);
    const listeners = socket.listenerCount('close');
    request.complete = true;
    await pass(2_000);
    lingerForRest(new IncomingMessage(socket));
    expect(socket.listenerCount('close')).toBe(listeners);
    await pass(2_000);
    expect(socket.destroyed).toBe(true);
  });
});
