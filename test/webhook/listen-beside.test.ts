/** `localhost` as two addresses, on machines that have no IPv6 too. */
import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startServer } from './support.ts';

vi.mock('node:dns/promises', () => ({
  lookup: async () => ['127.0.0.1', '127.0.0.2'].map(address => ({ address, family: 4 })),
}));

/** Resolves to whether the server answers, or closes the connection at once. */
function isTaken(host: string, port: number): Promise<boolean> {
  const socket: Socket = connect(port, host);
  onTestFinished(() => void socket.destroy());
  socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  return new Promise(resolve => {
    socket.once('data', () => resolve(true)).once('close', () => resolve(false));
    socket.on('error', () => {});
  });
}

it.skipIf(process.platform !== 'linux')(
  'at both, no more connections are open than CREWSPAN_MAX_CONNECTIONS',
  async () => {
    const { app, port } = await startServer({ host: 'localhost', maxConnections: 2 });
    onTestFinished(() => app.close());
    const taken = [await isTaken('127.0.0.1', port), await isTaken('127.0.0.2', port)];
    expect([...taken, await isTaken('127.0.0.1', port), await isTaken('127.0.0.2', port)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  },
);
