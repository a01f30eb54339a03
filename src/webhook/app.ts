/** What both listeners have in common: timeouts, errors as JSON, connections that end well. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type HTTPMethods,
  LogController,
} from 'fastify';
import type { Log } from '../telemetry/log.ts';
import { refusal, sendAnswer } from './answer.ts';
import { endConnectionsOnClose } from './closing.ts';

/** For the headers to arrive, in milliseconds: no honest sender needs longer. */
const HEADERS_TIMEOUT_MS = 15_000;
/** For a whole request to arrive: a full body at 280 kB/s. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Longer than load balancers keep theirs (60 s as a rule), so that they never send into a connection just closed. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
/** How long the rest of a refused body is read and thrown away, so that its sender gets to read the answer. */
const LINGER_MS = 2_000;

export function createApp(log: Log): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = log;
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS },
    routerOptions: { ignoreTrailingSlash: true },
    frameworkErrors: (error, _request, reply) => {
      sendAnswer(reply as FastifyReply, refusal(error.statusCode ?? 400, 'the request target is not valid'));
    },
    clientErrorHandler: answerBrokenRequest,
  });
  app.decorateReply('answer', null);
  // Bodies are read by the routes that want one, as a stream.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));

  app.setNotFoundHandler((_request, reply) => sendAnswer(reply, refusal(404, 'there is nothing here')));
  app.setErrorHandler((error, _request, reply) => {
    // Of its own accord fastify refuses only what it cannot read, a malformed content type for one.
    const status = (error as Partial<FastifyError>).statusCode ?? 500;
    if (status >= 400 && status < 500) return sendAnswer(reply, refusal(status, 'the request headers are not valid'));
    log.error({ err: error }, 'a request failed for a reason nobody foresaw');
    return sendAnswer(reply, refusal(500, 'internal error'));
  });
  app.addHook('onResponse', async ({ raw }) => {
    if (!raw.complete) linger(raw);
  });
  endConnectionsOnClose(app);
  return app;
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

function linger(request: IncomingMessage): void {
  const { socket } = request;
  const timer = setTimeout(() => {
    if (!request.complete) socket.destroy();
  }, LINGER_MS);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
}

const BROKEN_REQUESTS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** For what never became a request, and so never reached a route. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy(error);
    return;
  }
  const status = BROKEN_REQUESTS[error.code ?? ''] ?? '400 Bad Request';
  const body = JSON.stringify({ error: status.slice(4).toLowerCase() });
  const head = [
    `HTTP/1.1 ${status}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
