/**
 * The operations on a store that a running process holds, for the commands of its operator: HTTP on a Unix socket in the
 * directory of the store. Who may go into that directory may read the store; nobody else reaches the socket.
 */
import { chmodSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { z } from 'zod';
import { CrewspanError } from '../errors.ts';
import { assertNoDirectories } from '../journal/lmdb/obstructions.ts';
import { withSocketAddresses } from '../journal/lmdb/socket-address.ts';
import type { Log } from '../log.ts';
import { createApp } from '../webhook/app.ts';
import type { StoreOperations } from './operations.ts';
import { purgeRequest, selection, writeDeadLetter } from './wire.ts';

/** The name of the socket. */
export const CONTROL_SOCKET = 'control';

export interface ControlServerOptions {
  /** Of the store, which this process holds. */
  readonly directory: string;
  readonly operations: StoreOperations;
  readonly log: Log;
}

/** Of commands at once. */
const MAX_CONNECTIONS = 16;
/** A selection of all dead letters there are is a few megabytes. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Answers how to close it. Rejects with `CREWSPAN_STORE_UNWRITABLE` where there can be no socket. */
export async function startControl({ directory, operations, log }: ControlServerOptions): Promise<() => Promise<void>> {
  const path = join(resolve(directory), CONTROL_SOCKET);
  const app = createApp({ log, maxConnections: MAX_CONNECTIONS });
  addRoutes(app, operations);
  assertNoDirectories(resolve(directory), [CONTROL_SOCKET]);
  // What else lies there is of a process that died: this one has the lock.
  rmSync(path, { force: true });
  await withSocketAddresses(resolve(directory), addressOf => app.listen({ path: addressOf(CONTROL_SOCKET) }));
  log.info('ready for commands such as purge and dead-letter');
  chmodSync(path, 0o600);
  return async () => {
    await app.close();
    rmSync(path, { force: true });
  };
}

function addRoutes(app: FastifyInstance, operations: StoreOperations): void {
  // Here fastify reads the bodies.
  app.addHttpMethod('POST', { hasBody: true, overrideExisting: true });
  const large = { bodyLimit: MAX_BODY_BYTES };
  app.get<{ Querystring: { readonly after?: string } }>('/dead-letters', async ({ query: { after } }, reply) => {
    const letters = await operations.deadLetters(after === undefined ? undefined : Number(after));
    return reply.send(letters.map(writeDeadLetter));
  });
  app.post('/dead-letters/retry', large, (request, reply) => answer(reply, selection, request.body, operations.retry));
  app.post('/dead-letters/drop', large, (request, reply) => answer(reply, selection, request.body, operations.drop));
  app.post('/purge', (request, reply) => answer(reply, purgeRequest, request.body, operations.purge));
}

async function answer<S extends z.ZodType>(
  reply: FastifyReply,
  schema: S,
  body: unknown,
  operate: (request: z.output<S>) => Promise<object>,
): Promise<FastifyReply> {
  const request = schema.safeParse(body);
  if (!request.success) return reply.code(400).send({ error: 'the request is not one of this version' });
  try {
    return reply.send(await operate(request.data));
  } catch (error) {
    if (!(error instanceof CrewspanError)) throw error;
    return reply.code(409).send({ code: error.code, error: error.message });
  }
}
