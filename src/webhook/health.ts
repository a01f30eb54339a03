import type { FastifyInstance } from 'fastify';
import { sendAnswer } from './answer.ts';
import { allowOnly } from './app.ts';
import type { Receiver } from './receiver.ts';

/**
 * `/healthz`: the process answers. `/readyz`: it takes events; `detail` adds the reasons why not, and why
 * nothing gets through to the backend, which are for operators only.
 */
export function serveHealth(
  app: FastifyInstance,
  options: { readonly receiver: Pick<Receiver, 'readiness'>; readonly detail: boolean },
): void {
  app.get('/healthz', (_request, reply) => sendAnswer(reply, { status: 200, body: { status: 'ok' } }));
  app.get('/readyz', (_request, reply) => {
    const readiness = options.receiver.readiness();
    const { ready } = readiness;
    sendAnswer(reply, { status: ready ? 200 : 503, body: options.detail ? readiness : { ready } });
  });
  allowOnly(app, '/healthz', ['GET', 'HEAD']);
  allowOnly(app, '/readyz', ['GET', 'HEAD']);
}
