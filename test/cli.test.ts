/** The built program as its users start it: `npm test` builds it first. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startHttpBackend } from './delivery/backends.ts';
import { recordingPath } from './support/recordings.ts';
import { CLI, type Serving, serve } from './support/serve.ts';

const SIMPLE = recordingPath('1.15.30', '01_simple');

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'crewspan-cli-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Without the environment of whoever runs the tests. */
function environment(env: Record<string, string> = {}): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], ...env };
}

function crewspan(
  args: readonly string[],
  env: Record<string, string> = {},
  input = '',
  program: string = CLI,
): Promise<Run> {
  return new Promise(resolve => {
    const options = { cwd: folder, env: environment(env) };
    const child = execFile(process.execPath, [program, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
    child.stdin?.end(input);
  });
}

/** The built program in the folder, without what else belongs to the package; answers its path. */
function copyProgram(): string {
  const root = dirname(dirname(CLI));
  for (const name of ['dist', 'package.json']) cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return join(folder, 'dist', 'cli.js');
}

describe('crewspan', () => {
  it('tells its version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(await crewspan(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each([
    ['--help'],
    ['serve', '--help'],
    ['demo', '--help'],
    ['render', '--help'],
    ['send', '--help'],
    ['doctor', '--help'],
  ])('explains itself: %s %s', async (...args) => {
    const { code, stdout } = await crewspan(args.filter(Boolean));
    expect(code).toBe(0);
    expect(stdout).toContain('crewspan');
  });

  it('that cannot be read says which Node it needs, where this one is older', async () => {
    const program = copyProgram();
    writeFileSync(join(folder, 'dist', 'main.js'), "import { nothing } from 'node:zlib';");
    const manifest = join(folder, 'package.json');
    const unread = await crewspan(['serve'], {}, '', program);
    expect(unread.code).toBe(1);
    expect(unread.stderr).toContain('SyntaxError');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('">=20.19"', '">=999.1"'));
    expect(await crewspan(['serve'], {}, '', program)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^crewspan: Node [\d.]+, >=999\.1 is needed\. Install .* \(CREWSPAN_NODE\)\n$/),
    });
  });

  it('lists every setting in the help of serve', async () => {
    const { stdout } = await crewspan(['serve', '--help']);
    for (const name of ['CREWSPAN_TOKENS', 'CREWSPAN_SETTLE', 'OTEL_EXPORTER_OTLP_ENDPOINT'])
      expect(stdout).toContain(name);
  });

  it.each([
    [['fly']],
    [['--fly']],
    [['render']],
    [['send', 'x']],
    [['send', 'x', '--to', 'nowhere']],
    [['send', 'x', '--to', 'ftp://h/webhook']],
    [['send', 'x', '--to', 'http://somebody:geheim@h/webhook']],
    [['serve', '--dry-run']],
    [['send', 'x', '--to', 'http://h', '--batch', '0']],
    [['serve', 'now']],
  ])('ends with 2 and a hint when called as %j', async args => {
    const { code, stderr } = await crewspan(args);
    expect(code).toBe(2);
    expect(stderr).toContain('See crewspan --help.');
    expect(stderr).not.toContain('geheim');
  });

  it('reports all that is wrong with the settings at once, and no secret', async () => {
    const { code, stderr } = await crewspan(['serve'], {
      CREWSPAN_PORT: 'high',
      CREWSPAN_SETTLE: 'soon',
      CREWSPAN_TOKENS: 'ops:hush-hush-token,',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'carrier-pigeon',
    });
    expect(code).toBe(2);
    for (const name of ['CREWSPAN_PORT', 'CREWSPAN_SETTLE', 'OTEL_EXPORTER_OTLP_PROTOCOL'])
      expect(stderr).toContain(name);
    expect(stderr).not.toContain('hush-hush');
  });

  it('refuses to listen beyond loopback without a token', async () => {
    const { code, stderr } = await crewspan(['serve'], { CREWSPAN_HOST: '0.0.0.0' });
    expect(code).toBe(2);
    expect(stderr).toContain('CREWSPAN_TOKENS');
  });
});

describe('crewspan render', () => {
  it('draws events one a line, a whole body, and standard input alike', async () => {
    const lines = readFileSync(SIMPLE, 'utf8');
    const body = `{"events":[${lines.trim().split('\n').join(',')}]}`;
    writeFileSync(join(folder, 'body.json'), body);
    const fromLines = await crewspan(['render', SIMPLE]);
    expect(fromLines).toMatchObject({ code: 0, stderr: '' });
    expect(fromLines.stdout).toContain('invoke_workflow tea_crew');
    expect(await crewspan(['render', 'body.json'])).toEqual(fromLines);
    expect(await crewspan(['render', '-'], {}, lines)).toEqual(fromLines);
  });

  it('draws what it can, and names the lines that it cannot read', async () => {
    writeFileSync(join(folder, 'torn.jsonl'), `${readFileSync(SIMPLE, 'utf8')}{"id": "torn`);
    const { code, stdout, stderr } = await crewspan(['render', 'torn.jsonl']);
    expect(code).toBe(1);
    expect(stdout).toContain('invoke_workflow tea_crew');
    expect(stderr).toContain('line 24');
  });

  it.each(['missing.jsonl', 'empty.jsonl'])('says what is wrong with %s', async file => {
    writeFileSync(join(folder, 'empty.jsonl'), '');
    const { code, stderr } = await crewspan(['render', file]);
    expect(code).toBe(1);
    expect(stderr).toContain(file);
  });
});

describe('crewspan demo', () => {
  it('prints the tree of a crew without any backend, and ends', async () => {
    const { code, stdout } = await crewspan(['demo']);
    expect(code).toBe(0);
    for (const name of ['invoke_workflow', 'execute_task', 'invoke_agent', 'chat', 'execute_tool'])
      expect(stdout).toContain(name);
    expect(stdout).toContain('OTEL_EXPORTER_OTLP_ENDPOINT');
  });

  it('ends where its recording is not there', async () => {
    const { code, stderr } = await crewspan(['demo'], {}, '', copyProgram());
    expect(code).toBe(1);
    expect(stderr).toContain('(CREWSPAN_INPUT)');
  });

  it.each(['environment', 'file'])(
    'sends the run to the backend that the %s names, and shows no secret',
    async origin => {
      const backend = await startHttpBackend(() => ({}));
      const endpoint = `http://someone:sesame@${backend.url.host}`;
      writeFileSync(join(folder, 'crewspan.yaml'), `OTEL_EXPORTER_OTLP_ENDPOINT: ${endpoint}\n`);
      const { code, stdout } =
        origin === 'file'
          ? await crewspan(['demo', '--config', 'crewspan.yaml'])
          : await crewspan(['demo'], { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
      await backend.close();
      expect(code).toBe(0);
      expect(stdout).toContain(`The backend at http://${backend.url.host}/v1/traces has taken them: look there for`);
      expect(backend.taken).toHaveLength(14);
    },
  );

  it('sends nothing where nothing is to be delivered', async () => {
    const env = { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
    const { code, stdout } = await crewspan(['demo'], env);
    expect(code).toBe(0);
    expect(stdout).toContain('No backend is set, so nothing was sent.');
  });
});

it('a command ends well where nobody reads what it prints', async () => {
  const child = spawn(process.execPath, [CLI, 'render', SIMPLE], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', chunk => {
    stderr += String(chunk);
  });
  const [code] = await once(child, 'close');
  expect([code, stderr]).toEqual([0, '']);
});

describe('crewspan serve and send', () => {
  const startServe = (env: Record<string, string>): Promise<Serving> =>
    serve({ CREWSPAN_DATA_DIR: join(folder, 'store'), CREWSPAN_SETTLE: '100ms', ...env });

  it('play a run to the backend; SIGTERM ends with 0', async () => {
    const backend = await startHttpBackend(() => ({}));
    const token = 'a-token-of-some-length';
    const service = await startServe({ CREWSPAN_TOKENS: token, OTEL_EXPORTER_OTLP_ENDPOINT: backend.url.origin });
    const url = service.url.href;
    const refused = await crewspan(['send', SIMPLE, '--to', url, '--token', 'wrong']);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain('401');
    const sent = await crewspan(['send', SIMPLE, '--to', url, '--batch', '10'], { CREWSPAN_TOKENS: token });
    expect(sent).toMatchObject({ code: 0, stdout: '23 events accepted, 0 known before, 0 rejected, in 3 requests\n' });
    const again = await crewspan(['send', SIMPLE, '--to', url, '--fresh', '--token', token]);
    expect(again.stdout).toContain('23 events accepted, 0 known before');
    const [, fresh, recorded] = /^execution ([0-9a-f-]{36}), recorded as (\S+)$/m.exec(again.stdout) ?? [];
    expect(fresh).not.toBe(recorded);
    expect(readFileSync(SIMPLE, 'utf8')).toContain(`"execution_id": "${recorded}"`);
    await vi.waitFor(() => expect(backend.taken).toHaveLength(14), { timeout: 10_000 });
    expect(await service.end('SIGTERM')).toBe(0);
    await backend.close();
  });

  it('say each address once', async () => {
    const service = await startServe({ CREWSPAN_ADMIN_PORT: '0' });
    const urls = [...service.log().matchAll(/http:\/\/127\.0\.0\.1:\d+[^"\s]*/g)].map(([url]) => url);
    expect(urls).toEqual([expect.not.stringContaining('/webhook'), service.url.href]);
    await service.end('SIGTERM');
  });

  it('end with 1 when nobody listens', async () => {
    const service = await startServe({ OTEL_TRACES_EXPORTER: 'none' });
    const { code, stderr } = await crewspan(['send', SIMPLE, '--to', 'http://127.0.0.1:9/webhook']);
    expect(code).toBe(1);
    expect(stderr).toContain('cannot be reached');
    await service.end('SIGTERM');
  });
});
