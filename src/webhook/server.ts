/** The two HTTP listeners: the public one takes events, the admin one tells operators how it goes. */
import type { FastifyInstance } from 'fastify';
import { type Log, rateLimited } from '../telemetry/log.ts';
import { type Answer, sendAnswer } from './answer.ts';
import { allowOnly, createApp } from './app.ts';
import { requireToken } from './auth.ts';
import { type ByteBudget, createByteBudget } from './byte-budget.ts';
import { serveHealth } from './health.ts';
import { TIMEOUTS, type Timeouts } from './http-server.ts';
import { createIntake } from './intake.ts';
import type { Receiver } from './receiver.ts';
import { renewCertificate } from './renewal.ts';
import type { WebhookSettings } from './settings.ts';

export interface WebhookServerOptions {
  readonly settings: Pick<WebhookSettings, 'tokens' | 'maxBodyBytes' | 'maxInFlightBytes' | 'maxConnections' | 'tls'>;
  readonly receiver: Receiver;
  readonly log: Log;
  /** For bodies in flight. Default: `maxInFlightBytes`, waited for up to five seconds. */
  readonly budget?: ByteBudget;
  readonly timeouts?: Timeouts;
  /** How often the certificate is looked at for a renewal, in milliseconds. */
  readonly renewEveryMs?: number;
  /** Called with each webhook request that was answered, for metrics. */
  readonly observe?: (request: AnsweredRequest) => void;
}

export interface AnsweredRequest {
  readonly status: number;
  /** Empty where no token proved one. */
  readonly source: string;
  /** Events of the body that were none. */
  readonly rejectedEvents: number;
}

const BUDGET_WAIT_MS = 5_000;
/** A sender that is refused tries again and again: the log says so once in a while. */
const REFUSALS_LOGGED_EVERY_MS = 10_000;

/** Of the admin listener: a scraper, a probe and some people. */
const ADMIN_CONNECTIONS = 100;

const PATHS = ['/webhook', '/webhook/:source'] as const;

export function createWebhookServer(options: WebhookServerOptions): FastifyInstance {
  const { settings, receiver, log, observe, renewEveryMs } = options;
  const {
    timeouts = TIMEOUTS,
    budget = createByteBudget({ totalBytes: settings.maxInFlightBytes, waitMs: BUDGET_WAIT_MS }),
  } = options;
  const { maxBodyBytes, maxConnections, tls } = settings;
  const app = createApp({ log, maxConnections, tls: tls?.pair, timeouts });
  if (tls !== undefined) renewCertificate({ app, ...tls, log, ...(renewEveryMs && { everyMs: renewEveryMs }) });
  const intake = createIntake({ receiver, maxBodyBytes, budget, bodyIdleMs: timeouts.body });

  serveHealth(app, { receiver, detail: false });
  for (const path of PATHS) allowOnly(app, path, ['POST']);
  app.register(async scope => {
    watch(scope, log, observe);
    requireToken(scope, settings.tokens);
    for (const path of PATHS) {
      scope.post(path, async ({ raw: request, source }, reply) => {
        // Not returned: fastify would wait for a reply as for a promise.
        sendAnswer(reply, await intake({ request, response: reply.raw, source }));
      });
    }
  });
  return app;
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

function watch(app: FastifyInstance, log: Log, observe: WebhookServerOptions['observe']): void {
  const warn = rateLimited(log, REFUSALS_LOGGED_EVERY_MS);
  app.addHook('onResponse', (request, reply, done) => {
    const { statusCode: status, answer } = reply;
    const { source } = request;
    const rejections = answer?.rejections;
    observe?.({ status, source, rejectedEvents: rejections?.count ?? 0 });
    if (status >= 400) {
      const fields = { status, source, ip: request.ip, reason: errorOf(answer), rejections };
      warn(`${status}`, fields, 'a webhook request was refused');
    } else if (rejections !== undefined) {
      warn('rejected', { source, ip: request.ip, rejections }, 'events of a webhook body were rejected');
    }
    done();
  });
}

function errorOf(answer: Answer | null): string | undefined {
  return answer !== null && 'error' in answer.body ? String(answer.body.error) : undefined;
}
