/**
 * Takes the steps of deploy/Dockerfile without a container engine: its own commands in folders of their own, then the
 * program as process 1 of a namespace whose every file system but the volume is read-only, as an unprivileged user
 * without capabilities. Needs root, for the namespaces.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = dirname(import.meta.dirname);
const folder = mkdtempSync(join(tmpdir(), 'crewspan-image-'));
chmodSync(folder, 0o755);
const data = join(folder, 'data');
/** The folders of the image and where they are here. */
const places = { '/build': join(folder, 'build'), '/app': join(folder, 'app'), '/var/lib/crewspan': data };
const here = path => Object.entries(places).reduce((text, [from, to]) => text.replaceAll(from, to), path);

/** One entry an instruction, continued lines joined. */
const instructions = readFileSync(join(root, 'deploy/Dockerfile'), 'utf8')
  .replaceAll(/^\s*#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter(line => line !== '')
  .map(line => ({ name: line.split(' ', 1)[0], value: line.slice(line.indexOf(' ') + 1) }));
const one = name => instructions.findLast(instruction => instruction.name === name).value;
const context = new Set(
  readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter(line => line.startsWith('!'))
    .map(line => line.slice(1)),
);

/** COPY as the engine does it: from the context only what .dockerignore lets in. */
function copy(value, workdir) {
  const [first, ...rest] = value.split(' ');
  const fromStage = first.startsWith('--from=');
  const paths = fromStage ? rest : [first, ...rest];
  const target = join(workdir, paths.at(-1));
  for (const path of paths.slice(0, -1)) {
    if (!fromStage) assert(context.has(path), `.dockerignore keeps ${path} out`);
    const source = fromStage ? here(path) : join(root, path);
    cpSync(source, basename(path) === basename(target) ? target : join(target, path), { recursive: true });
  }
}

function build() {
  let workdir;
  for (const { name, value } of instructions) {
    if (name === 'WORKDIR') {
      workdir = here(value);
      mkdirSync(workdir, { recursive: true });
    }
    if (name === 'COPY') copy(value, workdir);
    if (name === 'RUN' && value.startsWith('npm ')) {
      execFileSync('sh', ['-c', value], { cwd: workdir, stdio: ['ignore', 'ignore', 'inherit'] });
    }
  }
  mkdirSync(data, { mode: 0o700 });
  const [uid, gid] = one('USER').split(':').map(Number);
  chownSync(data, uid, gid);
  return { uid, gid };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

const environment = async extra => ({
  PATH: process.env.PATH,
  ...Object.fromEntries(
    one('ENV')
      .split(/\s+/)
      .map(pair => here(pair).split('=')),
  ),
  CREWSPAN_PORT: String(await freePort()),
  CREWSPAN_ADMIN_PORT: String(await freePort()),
  OTEL_TRACES_EXPORTER: 'none',
  ...extra,
});

/** Process 1, a read-only root, a volume, no rights. */
function start(env, { uid, gid }) {
  const command = [...JSON.parse(one('ENTRYPOINT')), ...JSON.parse(one('CMD'))];
  const rights = ['--reuid', uid, '--regid', gid, '--clear-groups', '--no-new-privs', '--bounding-set=-all'];
  const readOnly = `mount --bind '${data}' '${data}' && mount -o remount,bind,ro / && ! touch '${folder}/probe' 2>&-`;
  const script = `${readOnly} && exec setpriv "$@"`;
  const namespaces = ['--mount', '--pid', '--fork', '--mount-proc', '--kill-child'];
  const args = [...namespaces, 'sh', '-c', script, 'sh', ...rights, ...command].map(String);
  const child = spawn('unshare', args, { cwd: places['/app'], env, stdio: ['ignore', 'inherit', 'pipe'] });
  const log = [];
  child.stderr.setEncoding('utf8').on('data', text => log.push(text));
  return { child, log, exited: once(child, 'exit') };
}

/** The health check as the engine runs it. */
function healthy(env) {
  const [file, ...args] = JSON.parse(one('HEALTHCHECK').replace(/^.*? CMD /, ''));
  try {
    execFileSync(file, args, { env });
    return true;
  } catch (error) {
    assert.equal(error.status, 1);
    return false;
  }
}

async function post(env, token) {
  const answer = await fetch(`http://127.0.0.1:${env.CREWSPAN_PORT}/webhook`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify([{ id: 'e', execution_id: 'x', timestamp: new Date().toISOString(), type: 'my_event' }]),
  });
  await answer.body.cancel();
  return answer.status;
}

async function stop({ child, exited }) {
  const inside = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
  process.kill(Number(inside), 'SIGTERM');
  const [code] = await exited;
  return code;
}

try {
  const user = build();
  const unset = start(await environment({}), user);
  assert.deepEqual(await unset.exited, [2, null], 'without CREWSPAN_TOKENS it does not start');

  const env = await environment({ CREWSPAN_TOKENS: 'my-secret-token' });
  assert.equal(healthy(env), false, 'the health check fails while nothing runs');
  const running = start(env, user);
  for (let tries = 0; tries < 150 && running.child.exitCode === null && !healthy(env); tries += 1) await sleep(200);
  assert.equal(running.child.exitCode, null, running.log.join(''));
  assert.equal(healthy(env), true, 'the health check passes');
  assert.equal(await post(env, 'another'), 401);
  assert.equal(await post(env, 'my-secret-token'), 200);
  assert.equal(statSync(data).mode & 0o777, 0o700);
  assert.equal(await stop(running), 0, 'SIGTERM stops process 1, and that is no failure');
  assert.match(running.log.join(''), /"msg":"stopped"/);
  console.log('the steps of the image: ok');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
