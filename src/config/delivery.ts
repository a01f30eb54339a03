/** The settings of the OTLP exporter → where and how spans are delivered. */
import type { DeliverySettings, OtlpProtocol } from '../delivery/settings.ts';
import { tlsWith } from '../delivery/tls-files.ts';
import { readAuthorities } from '../pem-files.ts';
import type { Fault, Remarks } from './faults.ts';
import { keyPairOf, type NamedFile } from './key-pair.ts';
import type { Values } from './schema.ts';

/** A full batch stays below the 4 MiB that gRPC servers take in one message by default. */
const BATCH = { maxSpans: 512, maxBytes: 3 * 2 ** 20 };
const CONCURRENCY = 4;
const TIMEOUT_MS = 10_000;

const ENDPOINT = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const TRACES_ENDPOINT = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
const TRACES_PATH = 'v1/traces';

/** `undefined` with `OTEL_TRACES_EXPORTER=none`. */
export function deliveryOf(values: Values, remarks: Remarks): DeliverySettings | undefined {
  if (values.OTEL_TRACES_EXPORTER === 'none') return undefined;
  const protocol = values.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? values.OTEL_EXPORTER_OTLP_PROTOCOL ?? 'http/protobuf';
  return {
    protocol,
    endpoint: endpointOf(values, protocol, remarks),
    headers: { ...values.OTEL_EXPORTER_OTLP_HEADERS, ...values.OTEL_EXPORTER_OTLP_TRACES_HEADERS },
    compression: values.OTEL_EXPORTER_OTLP_TRACES_COMPRESSION ?? values.OTEL_EXPORTER_OTLP_COMPRESSION ?? 'none',
    timeoutMs: values.OTEL_EXPORTER_OTLP_TRACES_TIMEOUT ?? values.OTEL_EXPORTER_OTLP_TIMEOUT ?? TIMEOUT_MS,
    ...tlsOf(values, remarks),
    batch: BATCH,
    concurrency: CONCURRENCY,
  };
}

function endpointOf(values: Values, protocol: OtlpProtocol, { faults, warnings }: Remarks): URL {
  const own = values[TRACES_ENDPOINT];
  const name = own === undefined ? ENDPOINT : TRACES_ENDPOINT;
  const written = own ?? values[ENDPOINT];
  if (protocol === 'grpc') {
    const insecure = values.OTEL_EXPORTER_OTLP_TRACES_INSECURE ?? values.OTEL_EXPORTER_OTLP_INSECURE ?? false;
    const url = parseEndpoint(withScheme(written ?? 'http://localhost:4317', insecure));
    if (url === undefined) faults.push({ subject: name, expected: 'must be http(s)://host:port or host:port' });
    return url === undefined ? FALLBACK : withoutPath(url);
  }
  const url = parseEndpoint(written ?? 'http://localhost:4318');
  if (url === undefined) {
    faults.push({ subject: name, expected: 'must be a URL that begins with http:// or https://' });
    return FALLBACK;
  }
  if (own === undefined) return withTracesPath(url);
  if (url.pathname === '/') {
    warnings.push(`${TRACES_ENDPOINT} is used as it is and has no path: most backends take traces at /${TRACES_PATH}`);
  }
  return url;
}

/** Stands in for a faulty endpoint; the settings are then not used. */
const FALLBACK = new URL('http://localhost:4318');

/** The value of a faulty endpoint is never shown: it may contain a password. */
function parseEndpoint(text: string): URL | undefined {
  const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && url.hostname !== '' ? url : undefined;
}

/** gRPC clients accept `host:port` too, with TLS unless told otherwise (specification, "Insecure"). */
function withScheme(endpoint: string, insecure: boolean): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(endpoint)) return endpoint;
  return `${insecure ? 'http' : 'https'}://${endpoint}`;
}

function withoutPath(url: URL): URL {
  const target = new URL(url);
  target.pathname = '';
  target.search = '';
  target.hash = '';
  return target;
}

/** "Endpoint URLs for OTLP/HTTP": relative to the base, with or without a slash at its end. Never twice. */
function withTracesPath(base: URL): URL {
  const url = new URL(base);
  const path = url.pathname.replace(/\/+$/, '');
  url.pathname = path.endsWith(`/${TRACES_PATH}`) ? path : `${path}/${TRACES_PATH}`;
  return url;
}

function tlsOf(values: Values, remarks: Remarks): Pick<DeliverySettings, 'tls' | 'tlsFiles'> {
  const trusted = authoritiesOf(pemSetting(values, 'CERTIFICATE'), remarks.faults);
  const certificate = pemSetting(values, 'CLIENT_CERTIFICATE');
  const own = keyPairOf({ certificate, key: pemSetting(values, 'CLIENT_KEY') }, remarks);
  if (trusted === undefined && own === undefined) return { tls: {} };
  return {
    tls: tlsWith(trusted?.bytes, own?.pair),
    tlsFiles: { ...(trusted && { authorities: trusted.path }), ...(own && { own: own.files }) },
  };
}

/** The one for traces takes precedence. */
function pemSetting(values: Values, name: 'CERTIFICATE' | 'CLIENT_KEY' | 'CLIENT_CERTIFICATE'): NamedFile {
  const common = `OTEL_EXPORTER_OTLP_${name}` as const;
  const own = `OTEL_EXPORTER_OTLP_TRACES_${name}` as const;
  const setting = values[own] === undefined ? common : own;
  return { setting, path: values[setting] };
}

function authoritiesOf(
  { setting, path }: NamedFile,
  faults: Fault[],
): { readonly path: string; readonly bytes: Buffer } | undefined {
  if (path === undefined) return undefined;
  const reading = readAuthorities(path);
  if (reading.ok) return { path, bytes: reading.bytes };
  faults.push({ subject: setting, expected: reading.fault, value: path });
  return undefined;
}
