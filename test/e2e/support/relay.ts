/** A connection that can be cut: TCP passed on to a server that stays up meanwhile. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePorts } from '../../support/ports.ts';

export interface Relay {
  /** `host:port`. Nothing listens there while the relay is cut. */
  readonly address: string;
  cut(): Promise<void>;
  restore(): Promise<void>;
}

/** Cut at first. */
export async function createRelay(target: string): Promise<Relay> {
  const [port = 0] = await freePorts(1);
  const { hostname, port: targetPort } = new URL(`tcp://${target}`);
  const sockets = new Set<Socket>();
  let server: Server | undefined;

  function pass(from: Socket): void {
    const to = connect(Number(targetPort), hostname);
    for (const [socket, other] of [
      [from, to],
      [to, from],
    ] as const) {
      sockets.add(socket);
      socket.pipe(other);
      // A connection that breaks is what this is for.
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  }

  return {
    address: `127.0.0.1:${port}`,
    async cut() {
      const closing = server;
      server = undefined;
      if (closing === undefined) return;
      const closed = once(closing.close(), 'close');
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    async restore() {
      server = createServer(pass).listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
  };
}
