/** The settings of the OTLP exporter → where and how spans are delivered. */
import { readFileSync } from 'node:fs';
import type { DeliverySettings, OtlpProtocol } from '../delivery/settings.ts';
import type { Fault } from './faults.ts';
import type { Values } from './schema.ts';

/** A full batch stays below the 4 MiB that gRPC servers take in one message by default. */
const BATCH = { maxSpans: 512, maxBytes: 3 * 2 ** 20 };
const CONCURRENCY = 4;
const TIMEOUT_MS = 10_000;

const ENDPOINT = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const TRACES_ENDPOINT = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
const TRACES_PATH = 'v1/traces';

/** `undefined` with `OTEL_TRACES_EXPORTER=none`. What is wrong goes into `faults`, what is odd into `warnings`. */
export function deliveryOf(values: Values, faults: Fault[], warnings: string[]): DeliverySettings | undefined {
  if (values.OTEL_TRACES_EXPORTER === 'none') return undefined;
  const protocol = values.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? values.OTEL_EXPORTER_OTLP_PROTOCOL ?? 'http/protobuf';
  return {
    protocol,
    endpoint: endpointOf(values, protocol, faults, warnings),
    headers: { ...values.OTEL_EXPORTER_OTLP_HEADERS, ...values.OTEL_EXPORTER_OTLP_TRACES_HEADERS },
    compression: values.OTEL_EXPORTER_OTLP_TRACES_COMPRESSION ?? values.OTEL_EXPORTER_OTLP_COMPRESSION ?? 'none',
    timeoutMs: values.OTEL_EXPORTER_OTLP_TRACES_TIMEOUT ?? values.OTEL_EXPORTER_OTLP_TIMEOUT ?? TIMEOUT_MS,
    tls: tlsOf(values, faults),
    batch: BATCH,
    concurrency: CONCURRENCY,
  };
}

function endpointOf(values: Values, protocol: OtlpProtocol, faults: Fault[], warnings: string[]): URL {
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

/** Stands in for an endpoint that is faulty: the settings are not handed out. */
const FALLBACK = new URL('http://localhost:4318');

/** The value of a faulty endpoint is not shown, here as elsewhere: a password may stand in it. */
function parseEndpoint(text: string): URL | undefined {
  const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && url.hostname !== '' ? url : undefined;
}

/** gRPC clients take `host:port` too; TLS then, unless said otherwise (specification, "Insecure"). */
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

function tlsOf(values: Values, faults: Fault[]): DeliverySettings['tls'] {
  const ca = readPem(values, 'CERTIFICATE', faults);
  const key = readPem(values, 'CLIENT_KEY', faults);
  const cert = readPem(values, 'CLIENT_CERTIFICATE', faults);
  const hasKey = nameOf(values, 'CLIENT_KEY') !== undefined;
  if (hasKey !== (nameOf(values, 'CLIENT_CERTIFICATE') !== undefined)) {
    const [set, missing] = hasKey ? ['CLIENT_KEY', 'CLIENT_CERTIFICATE'] : ['CLIENT_CERTIFICATE', 'CLIENT_KEY'];
    faults.push({
      subject: `OTEL_EXPORTER_OTLP_${missing}`,
      expected: `must be set too, since OTEL_EXPORTER_OTLP_${set} is`,
    });
  }
  return { ...(ca ? { ca } : {}), ...(key ? { key } : {}), ...(cert ? { cert } : {}) };
}

type PemSetting = 'CERTIFICATE' | 'CLIENT_KEY' | 'CLIENT_CERTIFICATE';

function nameOf(values: Values, setting: PemSetting) {
  const names = [`OTEL_EXPORTER_OTLP_TRACES_${setting}`, `OTEL_EXPORTER_OTLP_${setting}`] as const;
  return names.find(name => values[name] !== undefined);
}

function readPem(values: Values, setting: PemSetting, faults: Fault[]): Buffer | undefined {
  const name = nameOf(values, setting);
  const path = name === undefined ? undefined : values[name];
  if (name === undefined || path === undefined) return undefined;
  try {
    const pem = readFileSync(path);
    if (pem.includes('-----BEGIN ')) return pem;
    faults.push({ subject: name, expected: 'must name a PEM file, and this one is none', value: path });
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    faults.push({
      subject: name,
      expected: `must name a file that can be read, and this one cannot (${code})`,
      value: path,
    });
  }
  return undefined;
}
