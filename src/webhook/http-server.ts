/** Node's HTTP server as both listeners use it: what it waits for, how much it takes, and whether it speaks TLS. */
import { createServer as createPlainServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type Log, rateLimited } from '../log.ts';
import { type KeyPair, secureContextOf } from '../pem-files.ts';

/** All in milliseconds. */
export interface Timeouts {
  /** For the headers to arrive, from the first byte; on a new connection from its beginning. */
  readonly headers: number;
  /** For a whole request to arrive. */
  readonly request: number;
  /** For room among the bodies in flight. */
  readonly room: number;
  /** Without a byte of a body that is still to come. */
  readonly body: number;
  /** Without a request on a connection that has had one. */
  readonly keepAlive: number;
  /** Without a byte in either direction: of a sender that does not read its answer. */
  readonly silence: number;
  /** For the handshake of TLS. */
  readonly handshake: number;
  /** How often the first two are looked after: that much longer they may take. */
  readonly lookEvery: number;
}

export const TIMEOUTS: Timeouts = {
  // No honest sender needs longer.
  headers: 15_000,
  // A full body at 280 kB/s.
  request: 60_000,
  room: 5_000,
  // Room among the bodies in flight is set aside for it meanwhile.
  body: 10_000,
  // Longer than load balancers keep theirs (60 s as a rule), so that they never send into a connection just closed.
  keepAlive: 75_000,
  silence: 120_000,
  handshake: 10_000,
  lookEvery: 5_000,
};

/** Node's own default, said here because the docs promise it. Bytes, with the request line. */
const MAX_HEADER_BYTES = 16 * 1024;
const DROPS_LOGGED_EVERY_MS = 10_000;

export interface HttpServerOptions {
  readonly timeouts: Timeouts;
  /** Those beyond are closed as they come. */
  readonly maxConnections: number;
  readonly tls: KeyPair | undefined;
  readonly log: Log;
}

export function createHttpServer(handler: RequestListener, options: HttpServerOptions): Server {
  const { timeouts, maxConnections, tls, log } = options;
  const common: ServerOptions = {
    headersTimeout: timeouts.headers,
    requestTimeout: timeouts.request,
    keepAliveTimeout: timeouts.keepAlive,
    connectionsCheckingInterval: timeouts.lookEvery,
    maxHeaderSize: MAX_HEADER_BYTES,
    // Node would refuse a request without `Host` with an empty answer: the app does so in words.
    requireHostHeader: false,
  };
  const server =
    tls === undefined
      ? createPlainServer(common, handler)
      : createTlsServer({ ...common, ...secureContextOf(tls), handshakeTimeout: timeouts.handshake }, handler);
  server.setTimeout(timeouts.silence);
  // Node would drop headers beyond a number without a word; their size is limited anyway.
  server.maxHeadersCount = 0;
  server.maxConnections = maxConnections;
  const warn = rateLimited(log, DROPS_LOGGED_EVERY_MS);
  server.on('drop', data => {
    warn('drop', { ip: data?.remoteAddress, maxConnections }, 'a connection was closed: there are too many');
  });
  takeExpectations(server);
  return server;
}

/**
 * `Expect: 100-continue` is answered where the body is wanted, so that a refused one is never sent. Any other
 * expectation is let be (RFC 9110 §10.1.1 leaves it open): it is no reason to lose events.
 */
function takeExpectations(server: Server): void {
  for (const name of ['checkContinue', 'checkExpectation'] as const) {
    server.on(name, (request, response) => server.emit('request', request, response));
  }
}
