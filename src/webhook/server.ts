/** The two HTTP listeners: the public one takes events, the admin one tells operators how it goes. */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Log, rateLimited } from '../log.ts';
import { type Answer, sendAnswer } from './answer.ts';
import { allowOnly, createApp } from './app.ts';
import { createAuthenticator } from './auth.ts';
import { type ByteBudget, createByteBudget } from './byte-budget.ts';
import { createFailureAnswer } from './failure.ts';
import { createHandover } from './handover.ts';
import { serveHealth } from './health.ts';
import { TIMEOUTS, type Timeouts } from './http-server.ts';
import { createIntake, type Intake } from './intake.ts';
import type { Receiver } from './receiver.ts';
import { renewCertificate } from './renewal.ts';
import type { WebhookSettings } from './settings.ts';

export interface WebhookServerOptions {
  readonly settings: Pick<WebhookSettings, 'tokens' | 'maxBodyBytes' | 'maxInFlightBytes' | 'maxConnections' | 'tls'>;
  readonly receiver: Receiver;
  readonly log: Log;
  /** For the bytes of bodies in flight. Default: `maxInFlightBytes`. */
  readonly budget?: ByteBudget;
  readonly timeouts?: Timeouts;
  /** How often the certificate is looked at for a renewal, in milliseconds. */
  readonly renewEveryMs?: number;
  /** Called with each webhook request that was answered, and each that was refused unread, for metrics. */
  readonly observe?: (request: AnsweredRequest) => void;
}

export interface AnsweredRequest {
  readonly status: number;
  /** Empty where no token proved one. */
  readonly source: string;
  /** Events of the body that were none. */
  readonly rejectedEvents: number;
}

/** A sender that is refused tries again and again: the log says so once in a while. */
const REFUSALS_LOGGED_EVERY_MS = 10_000;

/** Of the admin listener: a scraper, a probe and some people. */
const ADMIN_CONNECTIONS = 100;

interface NamingSource {
  readonly Params: { readonly source: string };
}

export function createWebhookServer(options: WebhookServerOptions): FastifyInstance {
  const { settings, receiver, log, renewEveryMs } = options;
  const { maxBodyBytes, maxInFlightBytes, maxConnections, tls } = settings;
  const { timeouts = TIMEOUTS, budget = createByteBudget(maxInFlightBytes) } = options;
  const tell = createTeller(options);
  const refused = (request: IncomingMessage, answer: Answer) => tell(request, '', answer);
  const app = createApp({ log, maxConnections, tls: tls?.pair, timeouts, refused });
  if (tls !== undefined) renewCertificate({ app, ...tls, log, everyMs: renewEveryMs });
  const handover = createHandover({ receiver, budget: createByteBudget(maxInFlightBytes) });
  const intake = createIntake({ maxBodyBytes, budget, handover, timeouts });

  serveHealth(app, { receiver, detail: false });
  const take = createTaker(options, { intake, tell });
  app.post('/webhook', (_request, reply) => take(reply, undefined));
  app.post<NamingSource>('/webhook/:source', ({ params }, reply) => take(reply, params.source));
  for (const path of ['/webhook', '/webhook/:source']) allowOnly(app, path, ['POST']);
  return app;
}

/** `source`: empty where no token proved one. */
type Tell = (request: IncomingMessage, source: string, answer: Answer) => void;

/** One webhook request: whose it is, what becomes of it, and who is told. `named`: the source that its path names. */
function createTaker(
  { settings, log }: WebhookServerOptions,
  { intake, tell }: { readonly intake: Intake; readonly tell: Tell },
): (reply: FastifyReply, named: string | undefined) => void {
  const authenticate = createAuthenticator(settings.tokens);
  const failed = createFailureAnswer(log);

  function conclude(reply: FastifyReply, source: string, answer: Answer): void {
    // Its sender has gone away.
    if (reply.raw.destroyed) return;
    try {
      sendAnswer(reply, answer);
      tell(reply.request.raw, source, answer);
    } catch (error) {
      // Nobody waits for this: it would end the process, where it should cost this request alone.
      failed(error);
      if (!reply.raw.writableEnded) reply.raw.destroy();
    }
  }

  return (reply, named) => {
    const { raw: request } = reply.request;
    const sender = authenticate({ authorization: request.headers.authorization, named });
    if (!sender.ok) {
      conclude(reply, '', sender.answer);
      return;
    }
    const { source } = sender;
    intake({ request, response: reply.raw, source }).then(
      answer => conclude(reply, source, answer),
      error => conclude(reply, source, failed(error)),
    );
  };
}

/** Tells the metrics of every answer, and the log of requests that were refused and of events that were. */
function createTeller({ log, observe }: WebhookServerOptions): Tell {
  const warn = rateLimited(log, REFUSALS_LOGGED_EVERY_MS);
  return ({ socket }, source, { status, body, rejections }) => {
    observe?.({ status, source, rejectedEvents: rejections?.count ?? 0 });
    if (status >= 400) {
      const reason = 'error' in body ? String(body.error) : undefined;
      const fields = { status, source, ip: socket.remoteAddress, reason, rejections };
      warn(`${status}`, fields, 'a webhook request was refused');
    } else if (rejections !== undefined) {
      warn('rejected', { source, ip: socket.remoteAddress, rejections }, 'events of a webhook body were rejected');
    }
  };
}

export interface AdminServerOptions {
  readonly receiver: Receiver;
  readonly log: Log;
  /** Further routes of this listener. */
  readonly routes?: (app: FastifyInstance) => void;
}

/** Without authentication: it is for loopback or a closed network. */
export function createAdminServer({ receiver, log, routes }: AdminServerOptions): FastifyInstance {
  const app = createApp({ log, maxConnections: ADMIN_CONNECTIONS });
  serveHealth(app, { receiver, detail: true });
  routes?.(app);
  return app;
}
