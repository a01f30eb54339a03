import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Which request each connection is at. */
export interface Exchanges {
  /** A request came, and this is where its answer goes. */
  note(request: IncomingMessage, response: ServerResponse): void;
  /** Of a connection, the answer to its last request, sent or not. */
  latest(socket: Socket): ServerResponse | undefined;
  /** Whether any is still to be answered. */
  readonly underWay: boolean;
}

export function createExchanges(): Exchanges {
  const latest = new Map<Socket, ServerResponse>();
  return {
    note({ socket }, response) {
      if (!latest.has(socket)) socket.once('close', () => latest.delete(socket));
      latest.set(socket, response);
    },
    latest: socket => latest.get(socket),
    get underWay() {
      for (const response of latest.values()) if (!isSent(response)) return true;
      return false;
    },
  };
}

/** Answers are written in one go; some end only with the rest of their request. */
function isSent({ closed, headersSent, writableLength }: ServerResponse): boolean {
  return closed || (headersSent && writableLength === 0);
}
