/** The metrics that rules and dashboards may read. */
import { readFileSync } from 'node:fs';

/** Those that the Collector makes of spans, with the configuration in otel-collector.yaml. */
const SPAN_METRICS = [
  'traces_span_metrics_calls_total',
  'traces_span_metrics_duration_seconds_bucket',
  'traces_span_metrics_duration_seconds_sum',
  'traces_span_metrics_duration_seconds_count',
];

/** Those that Prometheus adds. */
const PROMETHEUS_METRICS = ['up', 'ALERTS'];

/** Those of crewspan, as docs/operations.md lists them. A histogram has three series. */
function ownMetrics(): string[] {
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  return [...page.matchAll(/^\| `(crewspan_\w+)` \| (\w+) \|/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
}

export function knownMetrics(): Set<string> {
  return new Set([...SPAN_METRICS, ...PROMETHEUS_METRICS, ...ownMetrics()]);
}
