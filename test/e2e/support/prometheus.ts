/** Prometheus and Alertmanager with the configurations in `deploy/prometheus`, but for addresses and intervals. */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { parse } from 'yaml';
import { freePorts } from '../../support/ports.ts';
import { answers, type Bench, type Program, start } from './process.ts';

export const DEPLOY = fileURLToPath(new URL('../../../deploy/', import.meta.url));
const SHIPPED = join(DEPLOY, 'prometheus');

export interface Alertmanager extends Program {
  readonly address: string;
  /** The labels of all alerts that it has been told of. */
  alerts(): Promise<readonly Labels[]>;
}

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly metric: Labels;
  readonly value: number;
}

export interface Prometheus extends Program {
  /** An instant query. Throws what Prometheus says of an expression that it cannot evaluate. */
  query(expression: string): Promise<readonly Sample[]>;
  labelValues(label: string, selector: string): Promise<readonly string[]>;
  /** Of each rule that it has loaded; `lastError` is empty where there was none. */
  ruleHealth(): Promise<readonly { readonly name: string; readonly lastError: string }[]>;
}

export async function startAlertmanager(bench: Bench): Promise<Alertmanager> {
  const [port = 0] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const program = await start({
    name: 'alertmanager',
    command: inject('programs').alertmanager,
    args: [
      `--config.file=${join(SHIPPED, 'alertmanager.yaml')}`,
      `--storage.path=${join(bench.folder, 'alertmanager')}`,
      `--web.listen-address=${address}`,
      '--cluster.listen-address=',
    ],
    folder: bench.folder,
    ready: () => answers(`http://${address}/-/ready`),
  });
  bench.onClear(() => program.stop());
  return {
    ...program,
    address,
    async alerts() {
      const response = await fetch(`http://${address}/api/v2/alerts`);
      return ((await response.json()) as { labels: Labels }[]).map(({ labels }) => labels);
    },
  };
}

export interface PrometheusOptions {
  /** What the hosts of the shipped configuration are here, as `host:port`. */
  readonly crewspan: string;
  readonly collector: string;
  readonly alertmanager: string;
}

export async function startPrometheus(bench: Bench, options: PrometheusOptions): Promise<Prometheus> {
  const [port = 0] = await freePorts(1);
  const api = `http://127.0.0.1:${port}`;
  const program = await start({
    name: 'prometheus',
    command: inject('programs').prometheus,
    args: [
      `--config.file=${configure(bench, options)}`,
      `--storage.tsdb.path=${join(bench.folder, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    folder: bench.folder,
    ready: () => answers(`${api}/-/ready`),
  });
  bench.onClear(() => program.stop());
  return {
    ...program,
    async query(expression) {
      const { result } = (await ask(`${api}/api/v1/query`, { query: expression })) as {
        result: readonly { metric: Labels; value: readonly [number, string] }[];
      };
      return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    async ruleHealth() {
      const { groups } = (await ask(`${api}/api/v1/rules`, {})) as {
        groups: readonly { rules: readonly { name: string; lastError?: string }[] }[];
      };
      return groups.flatMap(group => group.rules.map(({ name, lastError = '' }) => ({ name, lastError })));
    },
    labelValues: async (label, selector) =>
      (await ask(`${api}/api/v1/label/${label}/values`, { 'match[]': selector })) as string[],
  };
}

/** The shipped configuration in a folder of its own, with its rules; everything happens each second. */
function configure(bench: Bench, { crewspan, collector, alertmanager }: PrometheusOptions): string {
  const folder = join(bench.folder, 'prometheus');
  mkdirSync(folder);
  for (const file of ruleFiles()) cpSync(join(SHIPPED, file), join(folder, file));
  const shipped = readFileSync(join(SHIPPED, 'prometheus.yaml'), 'utf8');
  const config = [
    ['crewspan:4320', crewspan],
    ['otel-collector:8889', collector],
    ['alertmanager:9093', alertmanager],
    ['scrape_interval: 15s', 'scrape_interval: 1s'],
    ['evaluation_interval: 15s', 'evaluation_interval: 1s'],
  ].reduce((text, [from = '', to = '']) => {
    if (!text.includes(from)) throw new Error(`prometheus.yaml has no ${from}`);
    return text.replace(from, to);
  }, shipped);
  const path = join(folder, 'prometheus.yaml');
  writeFileSync(path, config);
  return path;
}

async function ask(url: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
  const response = await fetch(`${url}?${new URLSearchParams(parameters)}`);
  const answer = (await response.json()) as { status: string; error?: string; data: unknown };
  if (answer.status !== 'success') throw new Error(answer.error);
  return answer.data;
}

function ruleFiles(): readonly string[] {
  return readdirSync(SHIPPED).filter(file => file.endsWith('.rules.yaml'));
}

/** Name and expression of each alert and each recording rule. */
export function rules(): readonly (readonly [name: string, expression: string])[] {
  return ruleFiles().flatMap(file => {
    const { groups } = parse(readFileSync(join(SHIPPED, file), 'utf8')) as {
      groups: readonly { rules: readonly { alert?: string; record?: string; expr: string }[] }[];
    };
    return groups.flatMap(group =>
      group.rules.map(({ alert, record, expr }) => [alert ?? record ?? '', expr] as const),
    );
  });
}
