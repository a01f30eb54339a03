/** Holds docs/operations.md to the metrics that there are. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COUNTERS, GAUGES, HISTOGRAMS, type MetricDefinition } from '../../src/telemetry/catalogue.ts';
import { MAX_VALUE, OTHER } from '../../src/telemetry/labels.ts';
import { MAX_CAUSES, MAX_SOURCES, MAX_TOKEN_SETS } from '../../src/telemetry/metrics.ts';

const PAGE = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');

interface Row {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
}

function documented(): readonly Row[] {
  const rows = PAGE.matchAll(/^\| `(crewspan_\w+)` \| (\w+) \| ([^|]*)\| [^|]+ \|$/gm);
  return [...rows].map(([, name = '', type = '', labels = '']) => ({
    name,
    type,
    labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label),
  }));
}

function catalogued(definitions: Readonly<Record<string, MetricDefinition>>, type: string): readonly Row[] {
  return Object.values(definitions).map(({ name, labels }) => ({ name, type, labels }));
}

describe('docs/operations.md', () => {
  it('has every metric in its table, with its type and its labels', () => {
    expect(documented()).toEqual([
      ...catalogued(COUNTERS, 'counter'),
      ...catalogued(GAUGES, 'gauge'),
      ...catalogued(HISTOGRAMS, 'histogram'),
    ]);
  });

  it('names the caps of labels as they are', () => {
    const prose = PAGE.replaceAll(/\s+/g, ' ');
    for (const text of [
      `cut to ${MAX_VALUE} characters`,
      `after ${MAX_TOKEN_SETS} different sets`,
      `more than ${MAX_SOURCES} sources`,
      `more than ${MAX_CAUSES} causes`,
      `\`${OTHER}\``,
    ]) {
      expect(prose).toContain(text);
    }
  });
});
