/** `GET /metrics` in the text format of Prometheus, on the admin listener. */
import type { FastifyInstance } from 'fastify';
import { type Log, rateLimited } from '../log.ts';
import { allowOnly } from '../webhook/app.ts';
import type { Metrics } from './metrics.ts';

/** Prometheus asks for text or OpenMetrics; what it gets is named by its version, which it insists on since 3.0. */
const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8';
const FAILURES_LOGGED_EVERY_MS = 60_000;

export function serveMetrics(app: FastifyInstance, metrics: Pick<Metrics, 'scrape'>, log: Log): void {
  const warn = rateLimited(log, FAILURES_LOGGED_EVERY_MS);
  app.get('/metrics', async (_request, reply) => {
    const { text, errors } = await metrics.scrape();
    const [err] = errors;
    if (err !== undefined) warn('scrape', { err }, 'some metrics could not be read');
    return reply.type(TEXT_FORMAT).send(text);
  });
  allowOnly(app, '/metrics', ['GET', 'HEAD']);
}
