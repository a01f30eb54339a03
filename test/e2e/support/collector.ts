/** The OpenTelemetry Collector with `otel-collector.yaml` as it is shipped, but for the addresses. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { freePorts } from '../../support/ports.ts';
import { answers, type Bench, type Program, start } from './process.ts';

export const SHIPPED = fileURLToPath(new URL('../../../otel-collector.yaml', import.meta.url));

export interface CollectorAddresses {
  /** OTLP over HTTP. */
  readonly http: string;
  /** OTLP over gRPC, as a URL. */
  readonly grpc: string;
  /** What Prometheus scrapes, `host:port`. */
  readonly metrics: string;
}

export interface Collector extends CollectorAddresses, Program {}

export interface CollectorOptions {
  /** `host:port` of OTLP over gRPC. */
  readonly backend: string;
  /** Further configurations, which win over the shipped one. */
  readonly configs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Its addresses and its queue stay the same from start to start. */
export interface CollectorPlan extends CollectorAddresses {
  start(): Promise<Collector>;
}

/** Its metrics of itself would be at a port that the suite does not choose. */
const QUIET = 'yaml:service::telemetry::metrics::level: none';

export async function planCollector(bench: Bench, options: CollectorOptions): Promise<CollectorPlan> {
  const [grpc = 0, http = 0, metrics = 0] = await freePorts(3);
  const addresses = {
    http: `http://127.0.0.1:${http}`,
    grpc: `http://127.0.0.1:${grpc}`,
    metrics: `127.0.0.1:${metrics}`,
  };
  return {
    ...addresses,
    async start() {
      const program = await start({
        name: 'collector',
        command: inject('programs').collector,
        args: [SHIPPED, QUIET, ...(options.configs ?? [])].flatMap(config => ['--config', config]),
        env: {
          BACKEND_ENDPOINT: options.backend,
          QUEUE_DIRECTORY: join(bench.folder, 'queue'),
          OTLP_GRPC_LISTEN: `127.0.0.1:${grpc}`,
          OTLP_HTTP_LISTEN: `127.0.0.1:${http}`,
          PROMETHEUS_LISTEN: addresses.metrics,
          METRICS_FLUSH_INTERVAL: '500ms',
          ...options.env,
        },
        folder: bench.folder,
        // The exporter of metrics starts before the receivers do; 405 is what the receiver says to a GET.
        ready: async () =>
          (await answers(`http://${addresses.metrics}/metrics`)) &&
          (await fetch(`${addresses.http}/v1/traces`)).status === 405,
      });
      bench.onClear(() => program.stop('SIGKILL'));
      return { ...addresses, ...program };
    },
  };
}

export async function startCollector(bench: Bench, options: CollectorOptions): Promise<Collector> {
  const plan = await planCollector(bench, options);
  return plan.start();
}
