/** Which proxy stands on the way to a backend: for both transports, and for doctor, which has to say the same. */
import { isIPv6 } from 'node:net';
import type { DeliverySettings } from './settings.ts';

export interface ProxySetting {
  readonly variable: string;
  /** As written: a password may stand in it. */
  readonly value: string;
}

const HTTP = ['http_proxy', 'HTTP_PROXY'];
const HTTPS = ['https_proxy', 'HTTPS_PROXY', ...HTTP];

/** The first variable that is set and not empty; `undefined` where there is none, or `NO_PROXY` names the backend. */
export function proxyFor(
  { endpoint, protocol }: Pick<DeliverySettings, 'endpoint' | 'protocol'>,
  environment: NodeJS.ProcessEnv,
): ProxySetting | undefined {
  const names = [...(protocol === 'grpc' ? ['grpc_proxy'] : []), ...(endpoint.protocol === 'http:' ? HTTP : HTTPS)];
  const variable = names.find(name => environment[name]);
  const value = variable === undefined ? undefined : environment[variable];
  if (variable === undefined || value === undefined || isExempt(endpoint, environment)) return undefined;
  return { variable, value };
}

export function portOf(url: URL): string {
  return url.port || (url.protocol === 'http:' ? '80' : '443');
}

/** Host names and their subdomains, and addresses of IPv6 with or without brackets; each with or without a port. */
function isExempt(endpoint: URL, environment: NodeJS.ProcessEnv): boolean {
  const { hostname } = endpoint;
  const list = environment['no_proxy'] || environment['NO_PROXY'] || '';
  return list.split(/[,\s]+/).some(entry => {
    if (entry === '*') return true;
    const [, name = entry, onlyPort] = isIPv6(entry) ? [] : (/^(.+):(\d+)$/.exec(entry) ?? []);
    const host = asInUrls(name.replace(/^\*?\./, '').toLowerCase());
    if (host === '' || (onlyPort !== undefined && onlyPort !== portOf(endpoint))) return false;
    return hostname === host || hostname.endsWith(`.${host}`);
  });
}

/** An address of IPv6 has several spellings, of which a URL keeps one: in brackets. */
function asInUrls(host: string): string {
  const bracketed = isIPv6(host) ? `[${host}]` : host;
  const url = `http://${bracketed}`;
  return bracketed.startsWith('[') && URL.canParse(url) ? new URL(url).hostname : bracketed;
}
