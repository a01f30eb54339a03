/** The processes of a measurement: the server under test, a backend, a client. */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const START_MS = 120_000;
const POLL_MS = 20;
const fileOf = name => fileURLToPath(new URL(name, import.meta.url));
const PROGRAMS = { floor: [fileOf('floor.mjs')], crewspan: [fileOf('../dist/cli.js'), 'serve'] };

export const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

/** What is still there when the benchmark ends before its time, by a fault or by Ctrl-C. */
const running = new Set();
const folders = new Set();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function keep(child) {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Its `seen()` answers `{ spans, bytes, lastAt }`, counted from its start. */
export async function startBackend() {
  const child = keep(fork(fileOf('backend.mjs')));
  const [{ port }] = await once(child, 'message');
  return {
    url: `http://127.0.0.1:${port}`,
    async seen() {
      child.send('seen');
      const [seen] = await once(child, 'message');
      return seen;
    },
    close: () => child.disconnect(),
  };
}

/** Sends what it is asked to, one series after the other. */
export async function startClient() {
  const child = keep(fork(fileOf('client.mjs')));
  const message = async () => {
    const [next] = await once(child, 'message');
    if (next.type === 'failed') throw new Error(next.message);
    return next;
  };
  return {
    /** Sends `task` (see client.mjs). `onReady` is called when all is prepared, right before the first request. */
    async run(task, onReady = () => {}) {
      child.send(task);
      await message();
      onReady();
      child.send('go');
      const { seen } = await message();
      return seen;
    },
    close: () => child.disconnect(),
  };
}

/** A folder for one server or several, one after the other. */
export function makeFolder() {
  const path = mkdtempSync(join(tmpdir(), 'crewspan-bench-'));
  folders.add(path);
  return {
    path,
    remove() {
      folders.delete(path);
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** Resolves when the server is ready, with the milliseconds that it took. */
export async function startServer({ program, folder, backendUrl, env = {} }) {
  const port = await freePort();
  const begin = performance.now();
  const child = keep(
    spawn(process.execPath, PROGRAMS[program], {
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        CREWSPAN_PORT: String(port),
        CREWSPAN_ADMIN_PORT: '0',
        CREWSPAN_LOG_LEVEL: 'warn',
        CREWSPAN_TOKENS: 'bench:secret',
        CREWSPAN_DATA_DIR: folder,
        OTEL_EXPORTER_OTLP_ENDPOINT: backendUrl,
        ...env,
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    }),
  );
  while (!(await isReady(port))) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`);
    if (performance.now() - begin > START_MS) throw new Error(`${program} was not ready within ${START_MS} ms`);
    await sleep(POLL_MS);
  }
  return {
    pid: child.pid,
    port,
    readyAfterMs: performance.now() - begin,
    async kill() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

async function isReady(port) {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
    await answer.text();
    return answer.ok;
  } catch {
    // It does not listen yet.
    return false;
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
