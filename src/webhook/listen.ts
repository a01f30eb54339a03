import type { FastifyInstance } from 'fastify';
import { CrewspanError } from '../errors.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** The names of the two settings, for the advice when it fails. */
  readonly settings: { readonly host: string; readonly port: string };
}

/** The address really bound. */
export interface BoundAddress {
  readonly host: string;
  readonly port: number;
  readonly url: string;
}

/** Rejects with `CREWSPAN_LISTEN`, saying what to change. */
export async function listen(app: FastifyInstance, options: ListenOptions): Promise<BoundAddress> {
  try {
    await app.listen({
      host: options.host,
      port: options.port,
      listenTextResolver: address => `listening on ${address}`,
    });
  } catch (cause) {
    throw new CrewspanError('CREWSPAN_LISTEN', advice(cause, options), { cause });
  }
  const address = app.server.address();
  const bound =
    typeof address === 'object' && address !== null ? address : { address: options.host, port: options.port };
  const host = bound.address.includes(':') ? `[${bound.address}]` : bound.address;
  return { host: bound.address, port: bound.port, url: `http://${host}:${bound.port}` };
}

function advice(cause: unknown, { host, port, settings }: ListenOptions): string {
  const code = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} on ${host} is taken: end the process that holds it, or set ${settings.port} to another port`;
    case 'EACCES':
      return `port ${port} on ${host} may not be opened: set ${settings.port} to a port of 1024 or above`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${host} is no address of this machine: set ${settings.host} to one, or to 0.0.0.0 for all`;
    default:
      return `cannot listen on ${host}, port ${port} (${code ?? 'unknown reason'}): check ${settings.host} and ${settings.port}`;
  }
}
