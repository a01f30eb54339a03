/** What promtool does not look at: that each alert is documented, tested, and about metrics that exist. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { knownMetrics } from './known-metrics.ts';
import { metricsIn } from './metrics-in.ts';
import { type Alert, readExpectations, readRules } from './rules.ts';

const rules = readRules();
const alerts = rules.filter((rule): rule is Alert => 'alert' in rule);
const names = alerts.map(({ alert }) => alert);
const expectations = readExpectations();

/** Heading → the text below it, of the part on alerts. */
function runbooks(): Map<string, string> {
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const [, part = ''] = page.split('\n## Alerts\n');
  const [own = ''] = part.split('\n## ');
  const [, ...sections] = own.split('\n### ');
  return new Map(
    sections.map(section => [section.split('\n', 1)[0] ?? '', section.slice(section.indexOf('\n')).trim()]),
  );
}

describe('the alerts', () => {
  it('have names of their own', () => {
    expect(alerts.length).toBeGreaterThan(20);
    expect([...new Set(names)]).toEqual(names);
  });

  it.each(alerts)('$alert leads to its paragraph', ({ alert, annotations }) => {
    expect(annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`);
    expect(runbooks().get(alert)?.length).toBeGreaterThan(100);
  });

  it('are all that docs/operations.md tells of', () => {
    expect([...runbooks().keys()]).toEqual(names);
  });

  it.each(names)('%s is tested to fire and not to fire', name => {
    const expected = expectations.filter(({ alert }) => alert === name);
    expect(new Set(expected.map(({ fires }) => fires))).toEqual(new Set([true, false]));
  });

  it('are all that is tested', () => {
    expect([...new Set(expectations.map(({ alert }) => alert))].sort()).toEqual([...names].sort());
  });
});

describe('the rules', () => {
  const known = knownMetrics();
  const recorded = rules.flatMap(rule => ('record' in rule ? [rule.record] : []));

  it.each(rules)('%#: read metrics that exist', ({ expr }) => {
    expect(metricsIn(expr).filter(name => !known.has(name) && !recorded.includes(name))).toEqual([]);
  });
});

describe('metricsIn', () => {
  it('finds names, and neither labels nor functions', () => {
    const expression =
      'sum by (le, job) ((a_total{b="c{d}"} unless last_over_time(a_total[15m] offset 15m)) or rate(e:f[5m])) > 0 and on (g) h';
    expect(metricsIn(expression)).toEqual(['a_total', 'e:f', 'h']);
  });
});
