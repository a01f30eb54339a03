/**
 * The settings of the OTLP exporter, as the OpenTelemetry specification names them ("OpenTelemetry Protocol
 * Exporter"): each once for all signals and once for traces, which takes precedence.
 */
import { headers } from './lists.ts';
import { flag, text, wholeNumber, wordOf } from './reading.ts';
import { optional } from './setting.ts';

const protocol = wordOf(['http/protobuf', 'http/json', 'grpc']);
const compression = wordOf(['gzip', 'none']);
/** One hour; nothing longer makes sense for one attempt. */
const timeout = wholeNumber(1, 3_600_000);

const own = (of: string) => ({
  default: `\`OTEL_EXPORTER_OTLP_${of}\``,
  description: 'The same for traces only. Takes precedence.',
});

export const otlpSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(text, {
    default: 'http://localhost:4318; for grpc http://localhost:4317',
    description: 'The backend. Over HTTP, `/v1/traces` is appended.',
  }),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: optional(text, {
    description: 'The same for traces only. Takes precedence, and is used as it is: nothing is appended.',
  }),
  OTEL_EXPORTER_OTLP_PROTOCOL: optional(protocol, {
    default: 'http/protobuf',
    description: '`http/protobuf`, `http/json` or `grpc`.',
  }),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: optional(protocol, own('PROTOCOL')),
  OTEL_EXPORTER_OTLP_HEADERS: optional(headers, {
    secret: true,
    description: 'Sent with each export: `name=value`, comma-separated, percent-encoded.',
  }),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: optional(headers, {
    secret: true,
    description: 'Further headers for traces only. Each takes precedence over one of the same name.',
  }),
  OTEL_EXPORTER_OTLP_COMPRESSION: optional(compression, { default: 'none', description: '`gzip` or `none`.' }),
  OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: optional(compression, own('COMPRESSION')),
  OTEL_EXPORTER_OTLP_TIMEOUT: optional(timeout, {
    default: '10000',
    description: 'How long one export attempt may take, in milliseconds.',
  }),
  OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: optional(timeout, own('TIMEOUT')),
  OTEL_EXPORTER_OTLP_CERTIFICATE: optional(text, {
    default: "Node's own",
    description: 'A PEM file with the certificates to verify the backend against.',
  }),
  OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: optional(text, own('CERTIFICATE')),
  OTEL_EXPORTER_OTLP_CLIENT_KEY: optional(text, { description: 'A PEM file with the private key for mutual TLS.' }),
  OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY: optional(text, own('CLIENT_KEY')),
  OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: optional(text, {
    description: 'A PEM file with the certificate (and its chain) for mutual TLS.',
  }),
  OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE: optional(text, own('CLIENT_CERTIFICATE')),
  OTEL_EXPORTER_OTLP_INSECURE: optional(flag, {
    default: 'false',
    description: 'No TLS, for grpc with an endpoint that has no scheme.',
  }),
  OTEL_EXPORTER_OTLP_TRACES_INSECURE: optional(flag, own('INSECURE')),
};
