/** The instruments of the OpenTelemetry SDK behind the catalogue, and their text for Prometheus. */
import type { Histogram, ObservableGauge } from '@opentelemetry/api';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { COUNTERS, GAUGES, HISTOGRAMS, type MetricDefinition } from './catalogue.ts';
import { createTally, type Tally } from './tally.ts';

export type GaugeName = keyof typeof GAUGES;

export interface Instruments {
  /** Read at each scrape, as the gauges are. */
  readonly counters: Readonly<Record<keyof typeof COUNTERS, Tally>>;
  readonly histograms: Readonly<Record<keyof typeof HISTOGRAMS, Histogram>>;
  /** `read` is called at each scrape, and tells the value of each gauge that it knows. */
  onScrape(read: (observe: ObserveGauge) => void): void;
  /** All of it in Prometheus' text format. What could not be read is in `errors`. */
  scrape(): Promise<{ readonly text: string; readonly errors: readonly unknown[] }>;
  close(): Promise<void>;
}

export type ObserveGauge = (name: GaugeName, value: number, labels?: Readonly<Record<string, string>>) => void;

/** From what a fast disk takes to what a sender will not wait for. Seconds. */
const FLUSH_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * The reader of the stock Prometheus exporter comes with an HTTP server of its own, and answers 200 where it fails; this
 * one is only asked.
 */
class PullReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

export function createInstruments(): Instruments {
  const reader = new PullReader();
  const provider = new MeterProvider({ readers: [reader] });
  const meter = provider.getMeter('crewspan');
  const serializer = new PrometheusSerializer(undefined, false, undefined, true, true);
  const gauges: Readonly<Record<GaugeName, ObservableGauge>> = eachOf(GAUGES, ({ name, help }) =>
    meter.createObservableGauge(name, { description: help }),
  );

  return {
    counters: eachOf(COUNTERS, ({ name, help }) => {
      const tally = createTally();
      meter.createObservableCounter(name, { description: help }).addCallback(result => {
        for (const { value, labels } of tally.all()) result.observe(value, labels);
      });
      return tally;
    }),
    histograms: eachOf(HISTOGRAMS, ({ name, help }) =>
      meter.createHistogram(name, { description: help, advice: { explicitBucketBoundaries: FLUSH_BUCKETS } }),
    ),
    onScrape(read) {
      meter.addBatchObservableCallback(
        result => read((name, value, labels) => result.observe(gauges[name], value, labels)),
        Object.values(gauges),
      );
    },
    async scrape() {
      const { resourceMetrics, errors } = await reader.collect();
      return { text: `${serializer.serialize(resourceMetrics).trimEnd()}\n`, errors };
    },
    close: () => provider.shutdown(),
  };
}

function eachOf<K extends string, T>(
  definitions: Readonly<Record<K, MetricDefinition>>,
  make: (definition: MetricDefinition) => T,
): Readonly<Record<K, T>> {
  const made = Object.entries<MetricDefinition>(definitions).map(([key, definition]) => [key, make(definition)]);
  return Object.fromEntries(made) as Record<K, T>;
}
