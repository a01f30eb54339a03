/** Which proxy an export goes through, as the transports of delivery choose it. */
import { isExempt } from '../../delivery/grpc-proxy.ts';
import type { DeliverySettings } from '../../delivery/settings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export type ProxyReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'proxy'; readonly variable: string; readonly url: URL }
  | { readonly kind: 'invalid'; readonly variable: string };

const HTTP = ['http_proxy', 'HTTP_PROXY'];
const HTTPS = ['https_proxy', 'HTTPS_PROXY', ...HTTP];

export function proxyOf(
  { endpoint, protocol }: Pick<DeliverySettings, 'endpoint' | 'protocol'>,
  environment: Environment,
): ProxyReading {
  const names = [...(protocol === 'grpc' ? ['grpc_proxy'] : []), ...(endpoint.protocol === 'http:' ? HTTP : HTTPS)];
  const variable = names.find(name => environment[name]);
  if (variable === undefined) return { kind: 'none' };
  const value = environment[variable] ?? '';
  if (!URL.canParse(value) || new URL(value).hostname === '') return { kind: 'invalid', variable };
  if (isExempt(endpoint.hostname, portOf(endpoint), environment)) return { kind: 'none' };
  return { kind: 'proxy', variable, url: new URL(value) };
}

export function portOf(url: URL): string {
  return url.port || (url.protocol === 'http:' ? '80' : '443');
}
