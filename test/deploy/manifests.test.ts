/** The files in deploy/ against the program and against each other. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { loadSettings, type Settings } from '../../src/config.ts';

const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url));
const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const WEBHOOK_PORT = 4319;
const ADMIN_PORT = 4320;
/** What a stop takes: CREWSPAN_SHUTDOWN_TIMEOUT, and what is left to one that hangs. */
const STOP_SECONDS = 12;

const text = (path: string): string => readFileSync(join(DEPLOY, path), 'utf8');

const port = z.object({ name: z.string(), containerPort: z.number() });
const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) });
const container = z.object({
  ports: z.array(port),
  env: z.array(z.object({ name: z.string(), value: z.string().optional() })),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  resources: z.object({ limits: z.object({ memory: z.string() }) }),
});
const statefulSet = z.object({
  spec: z.object({
    replicas: z.number(),
    template: z.object({
      metadata: z.object({ annotations: z.record(z.string(), z.string()) }),
      spec: z.object({ terminationGracePeriodSeconds: z.number(), containers: z.tuple([container]) }),
    }),
  }),
});
const service = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    ports: z.array(z.object({ port: z.number(), targetPort: z.string() })),
    publishNotReadyAddresses: z.boolean().default(false),
  }),
});
const kustomization = z.object({
  resources: z.array(z.string()),
  configMapGenerator: z.tuple([z.object({ literals: z.array(z.string()) })]),
});
const compose = z.object({
  services: z.record(
    z.string(),
    z.object({
      environment: z.record(z.string(), z.coerce.string()).default({}),
      ports: z.array(z.string()).default([]),
      volumes: z.array(z.string()).default([]),
      stop_grace_period: z.string().optional(),
      mem_limit: z.string().optional(),
    }),
  ),
  volumes: z.record(z.string(), z.null()),
});
const dataSources = z.object({ datasources: z.array(z.object({ uid: z.string(), url: z.string() })) });
const scrapes = z.object({
  scrape_configs: z.array(z.object({ static_configs: z.array(z.object({ targets: z.array(z.string()) })) })),
});

const stack = compose.parse(parse(text('compose.yaml')));
const set = statefulSet.parse(parse(text('kubernetes/statefulset.yaml')));
const pod = set.spec.template.spec;
const [main] = pod.containers;
const kustomize = kustomization.parse(parse(text('kubernetes/kustomization.yaml')));
const unit = text('systemd/crewspan.service');
const dockerfile = text('Dockerfile').replaceAll(/\\\n\s*/g, ' ');

const pairs = (list: readonly string[]): Record<string, string> =>
  Object.fromEntries(list.map(pair => [pair.split('=', 1)[0], pair.slice(pair.indexOf('=') + 1)]));

const lineOf = (file: string, start: string): string =>
  file
    .split('\n')
    .find(line => line.startsWith(start))
    ?.slice(start.length) ?? '';

const image = pairs(lineOf(dockerfile, 'ENV ').split(/\s+/));
const token = { CREWSPAN_TOKENS: 'my-secret-token' };
/** Compose's `${NAME:-default}` as with nothing set. */
const interpolated = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.replace(/\$\{\w+:-([^}]*)\}/, '$1')]));

const environments: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  image: { ...image, ...token },
  compose: { ...image, ...interpolated(stack.services['crewspan']?.environment ?? {}), ...token },
  kubernetes: {
    ...image,
    ...pairs(kustomize.configMapGenerator[0].literals),
    ...Object.fromEntries(main.env.map(({ name, value }) => [name, value ?? token.CREWSPAN_TOKENS])),
  },
  systemd: { ...pairs(lineOf(unit, 'Environment=').split(/\s+/)), ...token },
};

describe.each(Object.entries(environments))('the settings of %s', (where, env) => {
  // A name that is none, or a value that does not fit, is a fault.
  const settings = (): Settings => loadSettings({ env });

  it('are settings of crewspan, with values that it takes', () => {
    expect(settings().warnings).toEqual([]);
  });

  it('leave the ports as the files take them to be', () => {
    const { host, port: webhookPort, admin } = settings().webhook;
    expect(webhookPort).toBe(WEBHOOK_PORT);
    expect(admin).toEqual({ host, port: ADMIN_PORT });
    expect(host).toBe(where === 'systemd' ? '127.0.0.1' : '0.0.0.0');
  });

  it('put the store where the volume is', () => {
    expect(`${settings().dataDir}/`).toMatch(/^\/var\/lib\/crewspan\//);
  });
});

describe('ports', () => {
  const numberOf = (name: string): number | undefined =>
    main.ports.find(declared => declared.name === name)?.containerPort;

  it('of the image are those of the listeners', () => {
    expect(lineOf(dockerfile, 'EXPOSE ')).toBe(`${WEBHOOK_PORT} ${ADMIN_PORT}`);
  });

  it('of the pod are named', () => {
    expect(numberOf('webhook')).toBe(WEBHOOK_PORT);
    expect(numberOf('admin')).toBe(ADMIN_PORT);
    expect(set.spec.template.metadata.annotations['prometheus.io/port']).toBe(`${ADMIN_PORT}`);
  });

  it('of the services lead to those of the pod', () => {
    const services = parseAllDocuments(text('kubernetes/services.yaml')).map(document =>
      service.parse(document.toJS()),
    );
    expect(services).toHaveLength(3);
    for (const { spec } of services)
      for (const { port: open, targetPort } of spec.ports) expect(open).toBe(numberOf(targetPort));
    // The only pod keeps events while it is not ready, and /readyz tells why then.
    const always = services.filter(({ spec }) => spec.publishNotReadyAddresses).map(({ metadata }) => metadata.name);
    expect(always).toEqual(['crewspan', 'crewspan-admin']);
  });

  it('of compose are published on loopback only', () => {
    const published = Object.values(stack.services).flatMap(({ ports }) => ports);
    expect(published.length).toBeGreaterThan(5);
    for (const entry of published) expect(entry).toMatch(/^127\.0\.0\.1:(\d+):\1$/);
    expect(stack.services['crewspan']?.ports).toContain(`127.0.0.1:${WEBHOOK_PORT}:${WEBHOOK_PORT}`);
  });

  it('of scrapes and data sources belong to services of compose', () => {
    const { scrape_configs } = scrapes.parse(parse(text('prometheus/prometheus.yaml')));
    const targets = scrape_configs.flatMap(job => job.static_configs.flatMap(({ targets }) => targets));
    expect(targets).toContain(`crewspan:${ADMIN_PORT}`);
    const { datasources } = dataSources.parse(parse(text('grafana/provisioning/datasources/crewspan.yaml')));
    const hosts = [...targets.map(target => `http://${target}`), ...datasources.map(({ url }) => url)].map(
      url => new URL(url).hostname,
    );
    for (const host of hosts) expect(Object.keys(stack.services)).toContain(host);
  });
});

describe('probes', () => {
  let running: ChildProcess;
  let admin: string;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'crewspan-deploy-'));
    running = spawn(process.execPath, [CLI, 'serve'], {
      env: { CREWSPAN_PORT: '0', CREWSPAN_ADMIN_PORT: '0', CREWSPAN_DATA_DIR: folder, OTEL_TRACES_EXPORTER: 'none' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    admin = await new Promise(resolve => {
      running.stderr?.on('data', chunk => {
        log += String(chunk);
        const url = /"url":"([^"]+)","msg":"admin listener"/.exec(log)?.[1];
        if (url !== undefined && log.includes('"receiving webhooks"')) resolve(url);
      });
    });
  });

  afterAll(async () => {
    const exited = once(running, 'exit');
    running.kill();
    await exited;
    rmSync(folder, { recursive: true, force: true });
  });

  const { startupProbe, livenessProbe, readinessProbe } = main;
  it.each(Object.entries({ startupProbe, livenessProbe, readinessProbe }))('%s is answered', async (_, { httpGet }) => {
    expect(httpGet.port).toBe('admin');
    expect((await fetch(admin + httpGet.path)).status).toBe(200);
  });

  it('the health check of the image is answered', async () => {
    const path = /'(\/\w+)'/.exec(lineOf(dockerfile, 'HEALTHCHECK '))?.[1];
    expect((await fetch(admin + path)).status).toBe(200);
  });
});

describe('mounts', () => {
  const sources = Object.values(stack.services).flatMap(({ volumes }) =>
    volumes.map(volume => volume.split(':')[0] ?? ''),
  );

  it.each(sources.filter(source => source.startsWith('.')))('%s exists', source => {
    expect(existsSync(join(DEPLOY, source))).toBe(true);
  });

  it('of volumes are declared', () => {
    const named = sources.filter(source => !source.startsWith('.'));
    expect([...new Set(named)].sort()).toEqual(Object.keys(stack.volumes).sort());
  });

  it('of Kubernetes: every manifest is a resource', () => {
    const manifests = readdirSync(join(DEPLOY, 'kubernetes')).filter(name => name !== 'kustomization.yaml');
    expect([...kustomize.resources].sort()).toEqual(manifests.sort());
  });
});

describe('time and memory', () => {
  it('a stop is given longer than it takes', () => {
    const seconds = (duration: string | undefined): number => Number(duration?.replace(/s$/, ''));
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(STOP_SECONDS);
    expect(seconds(stack.services['crewspan']?.stop_grace_period)).toBeGreaterThan(STOP_SECONDS);
    expect(seconds(lineOf(unit, 'TimeoutStopSec='))).toBeGreaterThan(STOP_SECONDS);
  });

  it('the limit is twice what crewspan may use', () => {
    const twice = loadSettings({ env: environments['kubernetes'] ?? {} }).maxMemoryBytes * 2;
    expect(twice).toBe(2 ** 30);
    expect(main.resources.limits.memory).toBe('1Gi');
    expect(stack.services['crewspan']?.mem_limit).toBe('1g');
    expect(lineOf(unit, 'MemoryMax=')).toBe('1G');
  });

  it('there is one process a directory', () => {
    expect(set.spec.replicas).toBe(1);
  });
});
