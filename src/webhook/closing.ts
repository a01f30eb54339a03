import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Exchanges } from './exchanges.ts';

const LOOK_EVERY_MS = 20;

/**
 * On close, lets the requests under way be answered and then ends every connection. Node by itself ends only those that
 * are idle at that very moment: one whose refused body is still being read, that is still at its handshake, or that has
 * yet to send its first request, would hold up the close for as long as its timeouts allow.
 */
export function endConnectionsOnClose(app: FastifyInstance, exchanges: Exchanges): void {
  const { server } = app;
  const connections = new Set<Socket>();
  server.on('connection', socket => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  app.addHook('preClose', async () => {
    if (!server.listening) return;
    const timer = setInterval(() => {
      if (exchanges.underWay || server.listening) return;
      for (const socket of connections) socket.destroy();
    }, LOOK_EVERY_MS);
    server.once('close', () => clearInterval(timer));
  });
}
