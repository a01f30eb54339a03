/** The expressions of the dashboards in `deploy/grafana`, with their variables filled in as Grafana would. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEPLOY } from './prometheus.ts';

const FOLDER = join(DEPLOY, 'grafana');

/** Built-in variables of Grafana, for a short time range. What is a dashboard's own is "All". */
const BUILT_IN: Readonly<Record<string, string>> = { __rate_interval: '1m', __interval: '15s', __range: '5m' };
const ALL = '.*';

interface Panel {
  readonly title?: string;
  readonly targets?: readonly { readonly expr?: string }[];
  readonly panels?: readonly Panel[];
}

interface Dashboard {
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr?: string }[] };
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

/** How many there are in the files, wherever they stand. */
export function countExpressions(): number {
  let count = 0;
  JSON.stringify(dashboards(), (key, value) => {
    if (key === 'expr') count += 1;
    return value;
  });
  return count;
}

function dashboards(): readonly Dashboard[] {
  const files = readdirSync(FOLDER).filter(file => file.endsWith('.json'));
  return files.map(file => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Dashboard);
}

/** Where it stands, in a panel or an annotation, and the expression. */
export function expressions(): readonly (readonly [place: string, expression: string])[] {
  return dashboards().flatMap(({ title, panels, annotations }) => {
    const marks = annotations.list.map(({ name, expr }) => ({ title: name, targets: [{ expr }] }));
    return [...panelsIn(panels), ...marks].flatMap(panel =>
      (panel.targets ?? []).flatMap(({ expr }, index) =>
        expr === undefined ? [] : [[`${title} / ${panel.title} / ${index + 1}`, filledIn(expr)] as const],
      ),
    );
  });
}

/** `label_values(selector, label)` of each variable. */
export function variableQueries(): readonly (readonly [place: string, selector: string, label: string])[] {
  return dashboards().flatMap(({ title, templating }) =>
    templating.list.flatMap(({ name, definition }) => {
      const [, selector, label] = /^label_values\((.+), *(\w+)\)$/.exec(definition ?? '') ?? [];
      return selector === undefined || label === undefined
        ? []
        : [[`${title} / $${name}`, filledIn(selector), label] as const];
    }),
  );
}

/** Rows that are folded up hold their panels. */
function panelsIn(panels: readonly Panel[]): readonly Panel[] {
  return panels.flatMap(panel => [panel, ...panelsIn(panel.panels ?? [])]);
}

function filledIn(text: string): string {
  return text.replace(/\$(?:\{(\w+)(?::\w+)?\}|(\w+))/g, (_, braced, bare) => BUILT_IN[braced ?? bare] ?? ALL);
}
