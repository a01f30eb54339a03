/** The proxy on the way to a gRPC backend. grpc-js reads only the lower-case variables, so it is told. */
import type { ChannelOptions } from '@grpc/grpc-js';
import { CrewspanError } from '../errors.ts';
import { decodedPart } from './operator-text.ts';
import { portOf, proxyFor } from './proxy.ts';

export interface GrpcRoute {
  /** What the channel connects to. */
  readonly target: string;
  readonly options: ChannelOptions;
}

/** `endpoint` directly, or by `CONNECT` through its proxy. */
export function grpcRoute(endpoint: URL, environment: NodeJS.ProcessEnv): GrpcRoute {
  const port = portOf(endpoint);
  const target = `dns:${endpoint.hostname}:${port}`;
  const setting = proxyFor({ endpoint, protocol: 'grpc' }, environment);
  // Ours alone decides.
  const options: ChannelOptions = { 'grpc.enable_http_proxy': 0 };
  if (setting === undefined) return { target, options };
  const proxy = urlOf(setting.value);
  options['grpc.http_connect_target'] = target;
  options['grpc.default_authority'] = `${endpoint.hostname}:${port}`;
  if (proxy.username !== '') {
    const { username, password } = proxy;
    options['grpc.http_connect_creds'] = `${decodedPart(username)}:${decodedPart(password)}`;
  }
  return { target: `dns:${proxy.hostname}:${proxy.port || '80'}`, options };
}

function urlOf(proxy: string): URL {
  if (URL.canParse(proxy) && new URL(proxy).protocol === 'http:') return new URL(proxy);
  const what = 'the proxy for gRPC (grpc_proxy, HTTPS_PROXY or HTTP_PROXY) must be an http:// URL';
  throw new CrewspanError('CREWSPAN_CONFIG', `${what}; to go without it, name the backend in NO_PROXY.`);
}
