/**
 * What Node could not read as HTTP, or not in time. Each such connection gets one answer, after those of the requests
 * before it, and is then closed for good: a sender that goes on sending must not hold what its request had taken.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Exchanges } from './exchanges.ts';
import { linger } from './linger.ts';

/** Why a request that has begun will never be whole. */
export type Breakage = 'malformed' | 'too_slow';

const STATUS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** The event of a request that turns out broken before its answer, with the {@link Breakage}. */
export const BROKEN = 'broken';

/** Of those that broke. */
const breakages = new WeakMap<IncomingMessage, Breakage>();

/** For who may have come too late for {@link BROKEN}. */
export function breakageOf(request: IncomingMessage): Breakage | undefined {
  return breakages.get(request);
}

/** Node's `clientError`. */
export function createBrokenRequestHandler(
  exchanges: Pick<Exchanges, 'latest'>,
): (error: NodeJS.ErrnoException, socket: Socket) => void {
  const broken = new WeakSet<Socket>();

  function refuse(socket: Socket, code: string): void {
    const response = exchanges.latest(socket);
    if (response === undefined || response.closed) {
      sendRefusal(socket, code);
      return;
    }
    const { req: request } = response;
    if (request.complete) {
      // The bytes after it are broken: its own answer comes first.
      response.once('close', () => sendRefusal(socket, code));
    } else if (response.headersSent) {
      linger(socket);
    } else {
      // Its route answers, in the order of the connection.
      const breakage: Breakage = code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'too_slow' : 'malformed';
      breakages.set(request, breakage);
      request.emit(BROKEN, breakage);
    }
  }

  return (error, socket) => {
    const { code = '' } = error;
    // Node tells of each further byte again.
    if (broken.has(socket)) return;
    broken.add(socket);
    if (code === 'ECONNRESET' || isHandshake(code) || !socket.writable) socket.destroy();
    else refuse(socket, code);
  };
}

/** Node has no route for a tunnel, and would drop the connection. */
export function refuseTunnels(server: Server): void {
  server.on('connect', (_request, socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(rawAnswer('405 Method Not Allowed'));
    linger(socket);
  });
}

/** There is nobody to answer in plain text where TLS failed. */
function isHandshake(code: string): boolean {
  return code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_');
}

function sendRefusal(socket: Socket, code: string): void {
  // To a connection that was opened ahead and never used, a 408 would look like the answer to its first request.
  if (!socket.writable || socket.bytesRead === 0) {
    socket.destroy();
    return;
  }
  socket.end(rawAnswer(STATUS[code] ?? '400 Bad Request'));
  linger(socket);
}

function rawAnswer(status: string): string {
  const body = JSON.stringify({ error: status.slice(4).toLowerCase() });
  const head = [
    `HTTP/1.1 ${status}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
