/** What both listeners have in common: the server beneath, errors as JSON, connections that end well. */
import { type IncomingMessage, METHODS } from 'node:http';
import fastify, { type FastifyInstance, type FastifyReply, type HTTPMethods } from 'fastify';
import type { Log } from '../log.ts';
import type { KeyPair } from '../pem-files.ts';
import { type Answer, beforeTheEnd, refusal, sendAnswer, writeAnswer } from './answer.ts';
import { createBrokenRequestHandler, refuseTunnels } from './broken-requests.ts';
import { endConnectionsOnClose } from './closing.ts';
import { createExchanges } from './exchanges.ts';
import { createFailureAnswer } from './failure.ts';
import { createHttpServer, TIMEOUTS, type Timeouts } from './http-server.ts';

/** Of one request. Proxies add a handful. */
const MAX_HEADERS = 200;

export interface AppOptions {
  readonly log: Log;
  readonly maxConnections: number;
  /** Without: plain HTTP. */
  readonly tls?: KeyPair | undefined;
  readonly timeouts?: Timeouts;
  /** Called with each request that was refused for what its head is like, before it had a route. */
  readonly refused?: (request: IncomingMessage, answer: Answer) => void;
}

/**
 * Without a logger of fastify's own, and without hooks at each request: they would cost every webhook more than its route
 * does.
 */
export function createApp({ log, maxConnections, tls, timeouts = TIMEOUTS, refused }: AppOptions): FastifyInstance {
  const exchanges = createExchanges();
  const app = fastify({
    serverFactory: handler =>
      createHttpServer(
        (request, response) => {
          exchanges.note(request, response);
          const fault = faultOfHead(request);
          if (fault === undefined) {
            handler(request, response);
            return;
          }
          writeAnswer(request, response, fault);
          refused?.(request, fault);
        },
        { timeouts, maxConnections, tls, log },
      ),
    routerOptions: { ignoreTrailingSlash: true },
    frameworkErrors: (error, _request, reply) => {
      sendAnswer(reply as FastifyReply, refusal(error.statusCode ?? 400, 'the request target is not valid'));
    },
    clientErrorHandler: createBrokenRequestHandler(exchanges),
  });
  refuseTunnels(app.server);
  takeEveryMethod(app);

  app.setNotFoundHandler((_request, reply) => sendAnswer(reply, refusal(404, 'there is nothing here')));
  const failed = createFailureAnswer(log);
  app.setErrorHandler((error, _request, reply) => sendAnswer(reply, failed(error)));
  // Not called where `sendAnswer` does the same.
  app.addHook('onSend', async ({ raw }, reply) => {
    reply.headers({ ...beforeTheEnd(raw, reply.raw) });
  });
  endConnectionsOnClose(app, exchanges);
  return app;
}

/** What keeps a request from being looked at any further. */
function faultOfHead({ rawHeaders, headers, httpVersion }: IncomingMessage): Answer | undefined {
  if (rawHeaders.length / 2 > MAX_HEADERS) return refusal(431, 'too many header fields');
  // RFC 9112 §3.2.
  if (headers.host === undefined && httpVersion === '1.1') return refusal(400, 'the Host header is missing');
  return undefined;
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
