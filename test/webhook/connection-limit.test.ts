import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { shareConnectionLimit } from '../../src/webhook/connection-limit.ts';

async function listening(onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onConnection).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return server;
}

/** Resolves to the connection where it was let in: then it is greeted. */
async function call(server: Server): Promise<Socket | undefined> {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('it does not listen');
  const socket = connect(address.port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const greeted = await new Promise<boolean>(resolve => {
    socket.once('data', () => resolve(true)).once('close', () => resolve(false));
    socket.on('error', () => {});
  });
  return greeted ? socket : undefined;
}

it.each([0, 1, 2])('counts the connections of all of them together, as they come and go: at %d first', async first => {
  const main = await listening(socket => void socket.on('error', () => {}).write('hello'));
  main.maxConnections = 3;
  const beside = [1, 2].map(() => listening(socket => main.emit('connection', socket)));
  const servers = [main, ...(await Promise.all(beside))];
  shareConnectionLimit(main, servers.slice(1));
  const at = (index: number): Promise<Socket | undefined> => call(servers[(first + index) % 3] ?? main);
  const taken = [await at(0), await at(0), await at(1)];
  expect(taken).not.toContain(undefined);
  expect([await at(0), await at(1), await at(2)]).toEqual([undefined, undefined, undefined]);
  taken[0]?.destroy();
  await expect.poll(() => at(2)).toBeDefined();
  expect([await at(0), await at(1), await at(2)]).toEqual([undefined, undefined, undefined]);
});
