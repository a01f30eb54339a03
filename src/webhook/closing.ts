import type { FastifyInstance } from 'fastify';

const LOOK_EVERY_MS = 20;

/**
 * On close, lets the requests under way be answered and then ends every connection. Node by itself ends only those that
 * are idle at that very moment: one whose refused body is still being read, or that has yet to send its first request,
 * would hold up the close for as long as its timeouts allow.
 */
export function endConnectionsOnClose(app: FastifyInstance): void {
  const { server } = app;
  let underWay = 0;
  server.on('request', (_request, response) => {
    underWay += 1;
    response.once('close', () => {
      underWay -= 1;
    });
  });
  app.addHook('preClose', async () => {
    if (!server.listening) return;
    const timer = setInterval(() => {
      if (underWay === 0 && !server.listening) server.closeAllConnections();
    }, LOOK_EVERY_MS);
    server.once('close', () => clearInterval(timer));
  });
}
