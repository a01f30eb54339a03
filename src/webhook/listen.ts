import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { CrewspanError } from '../errors.ts';
import type { Log } from '../log.ts';
import { codeOf } from '../thrown.ts';
import { shareConnectionLimit } from './connection-limit.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** The names of the two settings, for the advice when it fails. */
  readonly settings: { readonly host: string; readonly port: string };
  readonly log: Log;
}

/** The address really bound. */
export interface BoundAddress {
  readonly host: string;
  readonly port: number;
  /** `https:` where the listener speaks TLS. */
  readonly url: string;
}

/** Rejects with `CREWSPAN_LISTEN`, saying what to change. */
export async function listen(app: FastifyInstance, options: ListenOptions): Promise<BoundAddress> {
  const scheme = app.server instanceof TlsServer ? 'https' : 'http';
  const others = new Set<Server>();
  app.addHook('preClose', async () => {
    for (const other of others) other.close();
  });
  try {
    await app.listen({ host: options.host, port: options.port });
  } catch (cause) {
    throw new CrewspanError('CREWSPAN_LISTEN', advice(cause, options), { cause });
  }
  const address = app.server.address();
  const bound =
    typeof address === 'object' && address !== null ? address : { address: options.host, port: options.port };
  if (options.host === 'localhost') {
    for (const other of await listenBeside(app, bound, options.log)) others.add(other);
  }
  const host = bound.address.includes(':') ? `[${bound.address}]` : bound.address;
  const url = `${scheme}://${host}:${bound.port}`;
  return { host: bound.address, port: bound.port, url };
}

/**
 * `localhost` is two addresses as a rule, and Node listens on the first. Connections to the other are handed to the same
 * server, so that its limits, its certificate and its end are theirs. An address that cannot be had is left out: which
 * ones a name has says nothing of which ones the machine has.
 */
async function listenBeside(
  { server }: FastifyInstance,
  bound: { readonly address: string; readonly port: number },
  log: Log,
): Promise<readonly Server[]> {
  const addresses = (await lookup('localhost', { all: true })).map(({ address }) => address);
  const others = new Set(addresses);
  others.delete(bound.address);
  const opened = [...others].map(async host => {
    const other = createServer({ allowHalfOpen: true, noDelay: true }, (socket: Socket) => {
      server.emit('connection', socket);
    });
    other.on('drop', data => server.emit('drop', data));
    other.listen({ host, port: bound.port });
    try {
      await once(other, 'listening');
    } catch (error) {
      log.debug({ err: error }, 'localhost has an address that cannot be listened on');
      return [];
    }
    return [other];
  });
  const servers = (await Promise.all(opened)).flat();
  shareConnectionLimit(server, servers);
  return servers;
}

function advice(cause: unknown, { host, port, settings }: ListenOptions): string {
  const code = codeOf(cause);
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} on ${host} is taken: end the process that holds it, or set ${settings.port} to another port`;
    case 'EACCES':
      return `port ${port} on ${host} may not be opened: set ${settings.port} to a port of 1024 or above`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${host} is not an address of this machine: set ${settings.host} to one, or to 0.0.0.0 for all`;
    default:
      return `cannot listen on ${host}, port ${port} (${code ?? 'unknown reason'}): check ${settings.host} and ${settings.port}`;
  }
}
