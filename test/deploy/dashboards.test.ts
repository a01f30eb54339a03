/** The dashboards' structure. Grafana itself is not run: see deploy/grafana/README.md. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { knownMetrics } from './known-metrics.ts';
import { metricsIn } from './metrics-in.ts';

const folder = new URL('../../deploy/grafana/', import.meta.url);

const datasource = z.strictObject({ type: z.literal('prometheus'), uid: z.string().regex(/^\$\{datasource\}$/) });
const gridPos = z.strictObject({ x: z.int().min(0), y: z.int().min(0), w: z.int().min(1), h: z.int().min(1) });
const row = z.object({ id: z.int(), type: z.literal('row'), title: z.string().min(1), gridPos });
const panel = z.object({
  id: z.int(),
  type: z.enum(['timeseries', 'stat', 'table', 'bargauge', 'heatmap']),
  title: z.string().min(1),
  description: z.string().min(10),
  gridPos,
  datasource,
  targets: z.array(z.object({ refId: z.string(), expr: z.string().min(1), datasource })).min(1),
});
const dashboard = z.object({
  uid: z.string().regex(/^[\w-]{1,40}$/),
  title: z.string(),
  schemaVersion: z.literal(39),
  templating: z.object({ list: z.array(z.object({ name: z.string(), type: z.string() })) }),
  panels: z.array(z.discriminatedUnion('type', [row, panel])),
});

type Panel = z.infer<typeof panel>;
type Place = z.infer<typeof gridPos>;

const overlap = (a: Place, b: Place): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

const known = knownMetrics();
const files = readdirSync(folder)
  .filter(name => name.endsWith('.json'))
  .sort();

it('are two', () => {
  expect(files).toEqual(['crewai-runs.json', 'crewspan.json']);
});

describe.each(files)('%s', file => {
  const text = readFileSync(new URL(file, folder), 'utf8');
  const board = dashboard.parse(JSON.parse(text));
  const panels = board.panels.filter((each): each is Panel => each.type !== 'row');
  const targets = panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));

  it('is named by its uid', () => {
    expect(`${board.uid}.json`).toBe(file);
  });

  it('has panels with ids and titles of their own', () => {
    const ids = board.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const titles = board.panels.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it('has panels that lie beside each other, within 24 columns', () => {
    const places = board.panels.map(({ gridPos }) => gridPos);
    expect(places.filter(({ x, w }) => x + w > 24)).toEqual([]);
    const overlapping = places.filter((place, index) => places.slice(index + 1).some(other => overlap(place, other)));
    expect(overlapping).toEqual([]);
  });

  it('names the queries of a panel apart', () => {
    for (const { targets } of panels) expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
  });

  it('has the variables that it uses, and no others', () => {
    const used = [...text.matchAll(/\$\{?([a-z]\w*)\}?/g)].map(([, name = '']) => name);
    expect([...new Set(used)].sort()).toEqual(board.templating.list.map(({ name }) => name).sort());
  });

  it.each(targets)('$title reads metrics that exist', ({ expr }) => {
    const read = metricsIn(expr.replaceAll(/\$__\w+/g, '5m'));
    expect(read.length).toBeGreaterThan(0);
    expect(read.filter(name => !known.has(name))).toEqual([]);
  });

  it.each(targets)('$title takes rates over what Grafana proposes', ({ expr }) => {
    const windows = [...expr.matchAll(/\[([^\]]+)\]/g)].map(([, window]) => window);
    expect(windows.filter(window => window !== '$__rate_interval' && window !== '$__range')).toEqual([]);
  });
});
