/** Ports of well-known programs that take no OTLP, and where their neighbours do. */
const KNOWN: ReadonlyMap<string, { readonly name: string; readonly instead: string }> = new Map([
  ['16686', { name: 'the web page of Jaeger', instead: 'Jaeger takes OTLP at 4318 (HTTP) and 4317 (gRPC)' }],
  ['14268', { name: "Jaeger's own collector protocol", instead: 'Jaeger takes OTLP at 4318 (HTTP) and 4317 (gRPC)' }],
  ['14250', { name: "Jaeger's own collector protocol", instead: 'Jaeger takes OTLP at 4318 (HTTP) and 4317 (gRPC)' }],
  ['9411', { name: 'Zipkin', instead: 'an OpenTelemetry Collector takes OTLP at 4318 and passes it on to Zipkin' }],
  ['3200', { name: 'the queries of Tempo', instead: 'Tempo takes OTLP at 4318 (HTTP) and 4317 (gRPC)' }],
  ['3000', { name: 'Grafana', instead: 'its Tempo takes OTLP at 4318 (HTTP) and 4317 (gRPC)' }],
  ['3100', { name: 'Loki', instead: 'Tempo takes OTLP at 4318 (HTTP) and 4317 (gRPC)' }],
  ['9090', { name: 'Prometheus', instead: 'traces need a backend for traces' }],
  ['13133', { name: 'the health check of the Collector', instead: 'it takes OTLP at 4318 (HTTP) and 4317 (gRPC)' }],
  ['8888', { name: "the Collector's own metrics", instead: 'it takes OTLP at 4318 (HTTP) and 4317 (gRPC)' }],
  ['4319', { name: "crewspan's own webhook", instead: 'the backend is another program' }],
  ['4320', { name: "crewspan's own admin listener", instead: 'the backend is another program' }],
]);

/** What is known of a port that takes no OTLP: a clause each. */
export function knownPort(port: string): { readonly name: string; readonly instead: string } | undefined {
  return KNOWN.get(port);
}
