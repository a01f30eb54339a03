/**
 * Counts by labels, kept as plain numbers until they are asked for. A counter of the OpenTelemetry SDK makes a key of the
 * labels at every addition, which costs more than all else that is done for a metric.
 */
import type { Labels } from './labels.ts';

/** One count. Who adds to it often holds on to it. */
export interface Series {
  readonly labels: Labels;
  value: number;
}

export interface Tally {
  /** The count of these labels, always in the same order; it begins at 0 when it is first asked for. */
  series(labels?: Labels): Series;
  all(): Iterable<Series>;
}

export function createTally(): Tally {
  const known = new Map<string, Series>();
  return {
    series(labels = {}) {
      const key = JSON.stringify(labels);
      let series = known.get(key);
      if (series === undefined) {
        series = { labels, value: 0 };
        known.set(key, series);
      }
      return series;
    },
    all: () => known.values(),
  };
}

/** Makes something for each key that comes, and keeps it: to look up a series by its labels costs more than to add to it. */
export function createKeyed<K, T>(make: (key: K) => T): (key: K) => T {
  const made = new Map<K, T>();
  return key => {
    let known = made.get(key);
    if (known === undefined) {
      known = make(key);
      made.set(key, known);
    }
    return known;
  };
}
