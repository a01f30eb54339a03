/** What a Prometheus would read from the admin listener. */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Scrape {
  readonly text: string;
  readonly contentType: string | null;
  readonly samples: readonly Sample[];
  /** Name → its type, as announced. */
  readonly types: ReadonlyMap<string, string>;
  readonly helps: ReadonlyMap<string, string>;
  /** The sum of all samples of the name that have these labels; NaN where there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number;
}

export async function scrape(admin: { readonly url: string } | undefined): Promise<Scrape> {
  if (admin === undefined) throw new Error('there is no admin listener');
  const response = await fetch(`${admin.url}/metrics`);
  if (!response.ok) throw new Error(`/metrics answered ${response.status}`);
  return readScrape(await response.text(), response.headers.get('content-type'));
}

const SAMPLE = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-z_]+)="((?:[^"\\]|\\.)*)"(?:,|$)/g;

/** Throws for a line that is none of the text format. */
export function readScrape(text: string, contentType: string | null = null): Scrape {
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  const helps = new Map<string, string>();
  for (const line of text.split('\n').filter(Boolean)) {
    const [, kind, about, rest = ''] = /^# (TYPE|HELP) (\S+) (.*)$/.exec(line) ?? [];
    if (about !== undefined) {
      (kind === 'TYPE' ? types : helps).set(about, rest);
      continue;
    }
    const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Error(`no line of the text format: ${line}`);
    samples.push({ name, labels: readLabels(labels), value: Number(value.replace('Inf', 'Infinity')) });
  }
  return {
    text,
    contentType,
    samples,
    types,
    helps,
    value(name, labels = {}) {
      const found = samples.filter(
        sample => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
      );
      return found.length === 0 ? Number.NaN : found.reduce((sum, sample) => sum + sample.value, 0);
    },
  };
}

function readLabels(text: string): Record<string, string> {
  const plain = (value: string): string => value.replaceAll(/\\(.)/g, (_, char) => (char === 'n' ? '\n' : char));
  return Object.fromEntries([...text.matchAll(LABEL)].map(([, name = '', value = '']) => [name, plain(value)]));
}
