import type { FastifyInstance } from 'fastify';

/**
 * Stops accepting, and lets the requests under way be answered. Those that are not through after `withinMs` milliseconds
 * are cut off: nothing was promised to them.
 */
export async function closeServer(app: FastifyInstance, withinMs: number): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), withinMs);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
  }
}
