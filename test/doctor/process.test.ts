/** The command as its users start it: `npm test` builds it first. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/doctor/finding.ts';
import { type Backend, startHttpBackend } from '../delivery/backends.ts';
import { hasOpenssl, makeCertificates } from '../delivery/certificates.ts';
import { freePort } from '../support/ports.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { withCode } from './support.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const SECRET = 'hush-hush-0123456789abcdefghijklmnop';

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Report {
  readonly schema: number;
  readonly status: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
  readonly settings: readonly { readonly name: string; readonly origin: string; readonly value?: string }[];
}

function doctor(folder: string, env: Record<string, string>, ...args: string[]): Promise<Run> {
  return new Promise(resolve => {
    const options = { cwd: folder, env: { PATH: process.env['PATH'], ...env } };
    execFile(process.execPath, [CLI, 'doctor', ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const reportOf = ({ stdout }: Run): Report => JSON.parse(stdout) as Report;

async function freePorts(): Promise<{ CREWSPAN_PORT: string; CREWSPAN_ADMIN_PORT: string }> {
  return { CREWSPAN_PORT: String(await freePort()), CREWSPAN_ADMIN_PORT: String(await freePort()) };
}

describe('crewspan doctor', () => {
  let backend: Backend | undefined;
  let service: ChildProcess | undefined;

  afterEach(async () => {
    await backend?.close();
    if (service !== undefined && service.exitCode === null) {
      service.kill('SIGKILL');
      await once(service, 'exit');
    }
    backend = undefined;
    service = undefined;
  });

  it('ends with 0 where all is well, and leaves nothing behind', async () => {
    const folder = temporaryDirectory();
    backend = await startHttpBackend(() => ({}));
    const env = { ...(await freePorts()), OTEL_EXPORTER_OTLP_ENDPOINT: backend.url.origin };
    const run = await doctor(folder, env);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/^ok {2}node /m);
    expect(run.stdout).toMatch(/^ok {2}backend .*took a test span/m);
    expect(run.stdout).toContain(`OTEL_EXPORTER_OTLP_ENDPOINT=${backend.url.origin}`);
    expect(run.stdout).not.toContain('\u001b');
    expect(backend.taken).toEqual(['crewspan doctor']);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('ends with 1 where something does not work, and says what to do', async () => {
    const env = { ...(await freePorts()), OTEL_EXPORTER_OTLP_ENDPOINT: `http://localhost:${await freePort()}` };
    const run = await doctor(temporaryDirectory(), env, '--color');
    expect(run.code).toBe(1);
    expect(run.stdout).toContain('\u001b[31m!!\u001b[0m  backend');
    expect(run.stdout).toMatch(/1 fault \(!!\)/);
  });

  it('goes on where no store can be kept', async () => {
    const folder = temporaryDirectory();
    writeFileSync(join(folder, 'file'), '');
    backend = await startHttpBackend(() => ({}));
    const env = { ...(await freePorts()), OTEL_EXPORTER_OTLP_ENDPOINT: backend.url.origin };
    for (const CREWSPAN_DATA_DIR of ['file', 'file/below']) {
      const run = await doctor(folder, { ...env, CREWSPAN_DATA_DIR }, '--json');
      expect(run).toMatchObject({ code: 1, stderr: '' });
      const { findings } = reportOf(run);
      expect(findings.filter(({ status }) => status === 'fault').map(({ code }) => code)).toEqual(['data.unwritable']);
      expect(findings.map(({ code }) => code)).toContain('backend.taken');
    }
  });

  it('ends with 2 where the configuration is wrong, and names every fault first', async () => {
    const env = { CREWSPAN_PROT: '1', CREWSPAN_SETTLE: 'soon', CREWSPAN_TOKENS: `a:${SECRET},` };
    const run = await doctor(temporaryDirectory(), env, '--json');
    const { status, findings, counts } = reportOf(run);
    expect(run.code).toBe(2);
    expect(status).toBe('fault');
    expect(counts).toEqual({ ok: 1, warning: 0, fault: 2 });
    expect(findings.map(({ code }) => code)).toEqual(['settings.invalid', 'settings.invalid', 'node.version']);
    expect(findings.map(({ facts }) => facts?.['setting'])).toEqual(['CREWSPAN_PROT', 'CREWSPAN_SETTLE', undefined]);
  });

  it('ends with 2 for headers and proxies that only an export would find', async () => {
    const env = { ...(await freePorts()), OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', HTTP_PROXY: 'socks5://localhost:1' };
    const run = await doctor(temporaryDirectory(), env, '--json');
    expect(run.code).toBe(2);
  });

  it('ends with 2 when it is called in a wrong way', async () => {
    expect(await doctor(temporaryDirectory(), {}, 'now')).toMatchObject({ code: 2, stdout: '' });
  });

  it('tells in JSON where each setting comes from, and no secret', async () => {
    const folder = temporaryDirectory();
    backend = await startHttpBackend(() => ({}));
    const ports = await freePorts();
    const file = join(folder, 'crewspan.yaml');
    writeFileSync(
      file,
      `CREWSPAN_PORT: ${ports.CREWSPAN_PORT}\nCREWSPAN_TOKENS: ops:${SECRET}\nOTEL_SERVICE_NAME: from-file\nCREWSPAN_DATA_DIR: ${folder}/store\n`,
    );
    const { origin } = backend.url;
    const env = {
      CREWSPAN_ADMIN_PORT: 'off',
      OTEL_SERVICE_NAME: 'from-environment',
      OTEL_EXPORTER_OTLP_ENDPOINT: origin.replace('http://', `http://user:${SECRET}@`),
      OTEL_EXPORTER_OTLP_HEADERS: `api-key=${SECRET}`,
    };
    const run = await doctor(folder, env, '--json', '--config', file);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const { settings, schema, findings } = reportOf(run);
    expect(schema).toBe(1);
    const setting = (name: string) => settings.find(entry => entry.name === name);
    expect(setting('CREWSPAN_PORT')).toMatchObject({ origin: 'file', value: ports.CREWSPAN_PORT });
    expect(setting('CREWSPAN_TOKENS')).toMatchObject({ origin: 'file', value: '(secret)' });
    expect(setting('OTEL_SERVICE_NAME')).toMatchObject({ origin: 'environment', overridesFile: true });
    expect(setting('CREWSPAN_SETTLE')).toMatchObject({ origin: 'default', value: '2s' });
    expect(setting('OTEL_EXPORTER_OTLP_ENDPOINT')).toMatchObject({
      value: expect.stringContaining('(secret)@localhost'),
    });
    expect(withCode(findings, 'backend.taken')).toMatchObject({ facts: { service: 'from-environment' } });
    expect(run.stdout).not.toContain(SECRET);
    const { stdout } = await doctor(folder, env, '--config', file);
    expect(stdout).toContain('environment, over the config file');
    expect(stdout).not.toContain(SECRET);
  });

  it('knows a crewspan that runs, and does not disturb it', async () => {
    const folder = temporaryDirectory();
    backend = await startHttpBackend(() => ({}));
    const env = { ...(await freePorts()), OTEL_EXPORTER_OTLP_ENDPOINT: backend.url.origin };
    service = spawn(process.execPath, [CLI, 'serve'], {
      cwd: folder,
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    await new Promise<void>(resolve => {
      service?.stderr?.on('data', chunk => {
        log += String(chunk);
        if (log.includes('ready for commands')) resolve();
      });
    });
    const run = await doctor(folder, env, '--json');
    expect(run.code).toBe(0);
    const { findings } = reportOf(run);
    expect(findings.filter(({ code }) => code === 'ports.running')).toHaveLength(2);
    expect(withCode(findings, 'store.running')).toMatchObject({ status: 'ok' });

    // The same directory for a second one, and the same port.
    const second = reportOf(await doctor(folder, { ...env, ...(await freePorts()) }, '--json'));
    expect(withCode(second.findings, 'store.held')).toMatchObject({ status: 'fault' });
    const third = reportOf(await doctor(folder, { ...env, CREWSPAN_DATA_DIR: `${folder}/other` }, '--json'));
    expect(withCode(third.findings, 'ports.other-crewspan')).toMatchObject({ status: 'fault' });

    const health = await fetch(`http://127.0.0.1:${env.CREWSPAN_PORT}/readyz`);
    expect(health.status).toBe(200);
    expect(log).not.toMatch(/"level":"(?:warn|error|fatal)"/);
  }, 60_000);

  it.skipIf(!hasOpenssl)('tells until when the certificate of the webhook is valid (needs openssl)', async () => {
    const folder = temporaryDirectory();
    const { key, cert } = makeCertificates().server;
    writeFileSync(join(folder, 'key.pem'), key);
    writeFileSync(join(folder, 'cert.pem'), cert);
    const tls = { CREWSPAN_TLS_CERT: 'cert.pem', CREWSPAN_TLS_KEY: 'key.pem' };
    const run = await doctor(folder, { ...(await freePorts()), ...tls, OTEL_TRACES_EXPORTER: 'none' }, '--json');
    expect(run.code).toBe(0);
    // Made for two days.
    expect(withCode(reportOf(run).findings, 'tls.expires-soon')).toMatchObject({
      summary: expect.stringContaining('CREWSPAN_TLS_CERT'),
    });
  });

  it('says that nothing is delivered where that is asked for', async () => {
    const env = { ...(await freePorts()), OTEL_TRACES_EXPORTER: 'none' };
    const run = await doctor(temporaryDirectory(), env, '--json');
    expect(run.code).toBe(0);
    expect(withCode(reportOf(run).findings, 'backend.none')).toMatchObject({ status: 'warning' });
  });
});
