/** The path of an OTLP/HTTP endpoint that nothing answers at: how it came about, and what was probably meant. */
import type { EndpointVariable } from './context.ts';

const TRACES = '/v1/traces';

/** Other URLs at the same host that may have been meant, the likeliest first. */
export function likelyEndpoints(endpoint: URL): readonly URL[] {
  const path = endpoint.pathname.replace(/\/+$/, '');
  const candidates = [
    path.replace(/(?:\/v1\/traces)+$/, TRACES),
    path.replace(/\/v1\/(?:metrics|logs)(?:\/v1\/traces)?$/, TRACES),
    path.replace(/\/v1\/v1\/traces$/, TRACES),
    path.endsWith(TRACES) ? path : `${path}${TRACES}`,
    TRACES,
  ];
  const urls = [...new Set(candidates)].map(candidate => withPath(endpoint, candidate));
  return urls.filter(({ pathname }) => pathname !== endpoint.pathname);
}

/** How the URL came about. */
export function explainPath(endpoint: URL, variable: EndpointVariable): string {
  if (variable === 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') {
    const doubled = endpoint.pathname.endsWith(`${TRACES}${TRACES}`) ? `; it has ${TRACES} twice` : '';
    return `${variable} is taken as it is, nothing is appended${doubled}`;
  }
  return `${variable} gets ${TRACES} appended, which gave ${shown(endpoint)}`;
}

/** What to write so that `wanted` is asked. */
export function valueFor(wanted: URL, variable: EndpointVariable): string {
  if (variable === 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') return `${variable}=${shown(wanted)}`;
  return `${variable}=${shown(withPath(wanted, wanted.pathname.slice(0, -TRACES.length))).replace(/\/$/, '')}`;
}

function withPath(endpoint: URL, path: string): URL {
  const url = new URL(endpoint);
  url.pathname = path;
  return url;
}

const shown = ({ origin, pathname }: URL): string => `${origin}${pathname}`;
