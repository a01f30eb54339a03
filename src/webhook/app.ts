/** What both listeners have in common: the server beneath, errors as JSON, connections that end well. */
import { METHODS } from 'node:http';
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type HTTPMethods,
  LogController,
} from 'fastify';
import { type Log, rateLimited } from '../telemetry/log.ts';
import { refusal, sendAnswer } from './answer.ts';
import { createBrokenRequests, linger } from './broken-requests.ts';
import { endConnectionsOnClose } from './closing.ts';
import { keepsBodyBack } from './expectation.ts';
import { createHttpServer, TIMEOUTS, type Timeouts } from './http-server.ts';
import type { KeyPair } from './key-pair.ts';

/** Of one request. Proxies add a handful. */
const MAX_HEADERS = 200;

export interface AppOptions {
  readonly log: Log;
  readonly maxConnections: number;
  /** Without: plain HTTP. */
  readonly tls?: KeyPair | undefined;
  readonly timeouts?: Timeouts;
}

export function createApp({ log, maxConnections, tls, timeouts = TIMEOUTS }: AppOptions): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = log;
  const broken = createBrokenRequests();
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    // Requests have no lines of their own: a logger for each would be made for nothing.
    childLoggerFactory: logger => logger,
    serverFactory: handler => createHttpServer(handler, { timeouts, maxConnections, tls, log }),
    routerOptions: { ignoreTrailingSlash: true },
    frameworkErrors: (error, _request, reply) => {
      sendAnswer(reply as FastifyReply, refusal(error.statusCode ?? 400, 'the request target is not valid'));
    },
    clientErrorHandler: broken.handle,
  });
  broken.watch(app.server);
  app.decorateReply('answer', null);
  takeEveryMethod(app);

  app.setNotFoundHandler((_request, reply) => sendAnswer(reply, refusal(404, 'there is nothing here')));
  const sayUnforeseen = rateLimited(log, UNFORESEEN_LOGGED_EVERY_MS);
  app.setErrorHandler((error, _request, reply) => {
    // Of its own accord fastify refuses only what it cannot read.
    const status = (error as Partial<FastifyError>).statusCode ?? 500;
    if (status >= 400 && status < 500) return sendAnswer(reply, refusal(status, 'the request is not valid'));
    sayUnforeseen('request', { err: error }, 'a request failed for a reason nobody foresaw', 'error');
    return sendAnswer(reply, refusal(500, 'internal error'));
  });
  // Hooks with a callback: one that returns a promise costs each request some turns of the microtask queue.
  app.addHook('onRequest', ({ raw }, reply, done) => {
    if (raw.rawHeaders.length / 2 > MAX_HEADERS) sendAnswer(reply, refusal(431, 'too many header fields'));
    // RFC 9112 §3.2.
    else if (raw.headers.host === undefined && raw.httpVersion === '1.1')
      sendAnswer(reply, refusal(400, 'the Host header is missing'));
    else done();
  });
  app.addHook('onSend', ({ raw }, reply, _payload, done) => {
    if (keepsBodyBack(raw)) reply.header('connection', 'close');
    done();
  });
  app.addHook('onResponse', ({ raw }, _reply, done) => {
    if (!raw.complete) linger(raw.socket, () => raw.complete);
    done();
  });
  endConnectionsOnClose(app);
  return app;
}

/**
 * So that a path says 405 to all that it does not serve, and not 404 to those that fastify knows nothing of. Bodies are
 * left to the routes that want one, and read as a stream.
 */
function takeEveryMethod(app: FastifyInstance): void {
  for (const method of METHODS) {
    if (method !== 'CONNECT') app.addHttpMethod(method, { hasBody: false, overrideExisting: true });
  }
}

/** What fails for one request may fail for all. */
const UNFORESEEN_LOGGED_EVERY_MS = 10_000;

/** 405 with `Allow` (RFC 9110 §15.5.6) for every other method of a path. */
export function allowOnly(app: FastifyInstance, path: string, allowed: readonly HTTPMethods[]): void {
  const others = app.supportedMethods.filter(method => !allowed.includes(method as HTTPMethods)) as HTTPMethods[];
  app.route({
    method: others,
    url: path,
    handler: (_request, reply) =>
      sendAnswer(reply, refusal(405, `only ${allowed.join(', ')} is served here`, { allow: allowed.join(', ') })),
  });
}
