/** The first two steps of the way to a host: its name, and a TCP connection. */
import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { isLoopback } from '../../config/hosts.ts';
import { codeOf, messageOf } from '../../thrown.ts';
import { type Finding, fault, fine } from '../finding.ts';

export interface Target {
  readonly host: string;
  readonly port: number;
  /** What it is, in a sentence: `the backend`, `the proxy of HTTPS_PROXY`. */
  readonly what: string;
  /** The variable to change. */
  readonly variable: string;
}

export interface ConnectOptions {
  readonly timeoutMs: number;
  /** crewspan runs in a container, where `localhost` is the container itself. */
  readonly inContainer: boolean;
}

export async function checkConnection(target: Target, options: ConnectOptions): Promise<Finding> {
  const { host, port, what, variable } = target;
  const facts = { host, port };
  const addresses = await resolve(host);
  if ('code' in addresses) {
    const advice =
      addresses.code === 'EAI_AGAIN'
        ? 'The name server did not answer. Look at the network and the DNS of this machine.'
        : `Correct the host in ${variable}. In a container, names of Compose services resolve only on their network.`;
    return fault('backend.dns', `${what}: the name ${host} does not resolve (${addresses.code})`, advice, facts);
  }
  const start = performance.now();
  const code = await open({ host, port, timeoutMs: options.timeoutMs });
  const ms = Math.round(performance.now() - start);
  const where = `${host}:${port}`;
  const shown = addresses.found.join(', ');
  if (code === undefined)
    return fine('backend.connected', `${what}: ${where} (${shown}) accepts connections`, { ...facts, ms });
  return fault(
    'backend.connect',
    `${what}: no connection to ${where} (${shown}): ${code}`,
    adviceFor(code, target, options),
    {
      ...facts,
      error: code,
    },
  );
}

async function resolve(host: string): Promise<{ readonly found: readonly string[] } | { readonly code: string }> {
  try {
    const found = await lookup(host, { all: true });
    return { found: found.map(({ address }) => address) };
  } catch (error) {
    return { code: reasonOf(error) };
  }
}

/** What went wrong, if anything. */
function open(options: {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
}): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = connect({ host: options.host, port: options.port });
    const end = (code: string | undefined) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(code);
    };
    const timer = setTimeout(() => end('TIMEOUT'), options.timeoutMs);
    socket.once('connect', () => end(undefined));
    socket.once('error', error => end(reasonOf(error)));
  });
}

function adviceFor(code: string, { host, variable }: Target, { inContainer }: ConnectOptions): string {
  if (code === 'TIMEOUT' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH') {
    return `Nothing came back: a firewall, a network policy, or a wrong address. Check ${variable}, and HTTPS_PROXY if a proxy is needed.`;
  }
  if (inContainer && isLoopback(host)) {
    return `${host} is the container itself. Set ${variable} to the name of the backend's service, or to host.docker.internal for its host.`;
  }
  return `Nothing listens there: start the backend, or correct ${variable}. OTLP usually uses 4318 for HTTP and 4317 for gRPC.`;
}

export function reasonOf(error: unknown): string {
  return codeOf(error) ?? messageOf(error);
}
