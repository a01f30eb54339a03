/** The proxy on the way to a gRPC backend. grpc-js reads only the lower-case variables, so it is told. */
import type { ChannelOptions } from '@grpc/grpc-js';
import { CrewspanError } from '../errors.ts';
import { decodedPart } from './operator-text.ts';

export interface GrpcRoute {
  /** What the channel connects to. */
  readonly target: string;
  readonly options: ChannelOptions;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** `endpoint` directly, or by `CONNECT` through `HTTPS_PROXY` (for http: `HTTP_PROXY`) unless `NO_PROXY` names it. */
export function grpcRoute(endpoint: URL, environment: Environment): GrpcRoute {
  const port = endpoint.port || (endpoint.protocol === 'http:' ? '80' : '443');
  const target = `dns:${endpoint.hostname}:${port}`;
  const proxy = proxyFor(endpoint.protocol, environment);
  // Ours alone decides.
  const options: ChannelOptions = { 'grpc.enable_http_proxy': 0 };
  if (proxy === undefined || isExempt(endpoint.hostname, port, environment)) return { target, options };
  options['grpc.http_connect_target'] = target;
  options['grpc.default_authority'] = `${endpoint.hostname}:${port}`;
  if (proxy.username !== '') {
    const { username, password } = proxy;
    options['grpc.http_connect_creds'] = `${decodedPart(username)}:${decodedPart(password)}`;
  }
  return { target: `dns:${proxy.hostname}:${proxy.port || '80'}`, options };
}

function proxyFor(protocol: string, environment: Environment): URL | undefined {
  const https = environment['https_proxy'] || environment['HTTPS_PROXY'];
  const http = environment['http_proxy'] || environment['HTTP_PROXY'];
  const proxy = environment['grpc_proxy'] || (protocol === 'http:' ? http : https || http);
  if (!proxy) return undefined;
  if (!URL.canParse(proxy) || new URL(proxy).protocol !== 'http:') {
    const what = 'the proxy for gRPC (grpc_proxy, HTTPS_PROXY or HTTP_PROXY) must be an http:// URL';
    throw new CrewspanError('CREWSPAN_CONFIG', `${what}; to go without it, name the backend in NO_PROXY.`);
  }
  return new URL(proxy);
}

/** Host names and their subdomains, with or without a port, as undici reads them for HTTP. */
export function isExempt(hostname: string, port: string, environment: Environment): boolean {
  const list = environment['no_proxy'] || environment['NO_PROXY'] || '';
  return list.split(/[,\s]+/).some(entry => {
    if (entry === '*') return true;
    const [, name = entry, onlyPort] = /^(.+):(\d+)$/.exec(entry) ?? [];
    const host = name.replace(/^\*?\./, '').toLowerCase();
    if (host === '' || (onlyPort !== undefined && onlyPort !== port)) return false;
    return hostname === host || hostname.endsWith(`.${host}`);
  });
}
