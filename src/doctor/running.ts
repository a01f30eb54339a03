/** Is a crewspan running with these settings? Asked of its ports and of the lock of its directory. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { createServer } from 'node:net';
import { parseJson } from '../json-text.ts';
import { propertyOf } from '../property.ts';
import { codeOf } from '../thrown.ts';

export type PortState =
  | { readonly kind: 'free' }
  /** A crewspan answers there. */
  | { readonly kind: 'crewspan' }
  /** Something else does, or nothing answers. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly code: string };

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** For an answer of a listener on this machine, in milliseconds. */
const ANSWER_MS = 2_000;
const MAX_ANSWER = 10_000;

/** Binds it for a moment. Port 0 is always free. */
export async function probePort(address: Address): Promise<PortState> {
  const code = await bind(address);
  if (code === undefined) return { kind: 'free' };
  if (code !== 'EADDRINUSE') return { kind: 'refused', code };
  return { kind: (await isCrewspan(address)) ? 'crewspan' : 'taken' };
}

function bind({ host, port }: Address): Promise<string | undefined> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', error => resolve(codeOf(error) ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** By what both listeners say of themselves, over TLS or not. */
async function isCrewspan(address: Address): Promise<boolean> {
  for (const tls of [false, true]) {
    const health = await ask(address, '/healthz', tls);
    if (propertyOf(health, 'status') !== 'ok') continue;
    return typeof propertyOf(await ask(address, '/readyz', tls), 'ready') === 'boolean';
  }
  return false;
}

/** The JSON of an answer, whatever its status; `undefined` for none. */
function ask({ host, port }: Address, path: string, tls: boolean): Promise<unknown> {
  return new Promise(resolve => {
    const options = { host: reachable(host), port, path, timeout: ANSWER_MS, agent: false };
    // Only what the answer says is of interest here; nothing is sent.
    const request = tls ? httpsRequest({ ...options, rejectUnauthorized: false }) : httpRequest(options);
    const giveUp = () => {
      request.destroy();
      resolve(undefined);
    };
    const timer = setTimeout(giveUp, ANSWER_MS);
    request.once('close', () => clearTimeout(timer));
    request.once('error', giveUp);
    request.once('response', response => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', chunk => {
        text += chunk;
        if (text.length > MAX_ANSWER) giveUp();
      });
      response.once('error', giveUp);
      response.once('end', () => resolve(parseJson(text)));
    });
    request.end();
  });
}

function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}
