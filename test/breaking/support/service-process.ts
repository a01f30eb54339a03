/** `crewspan serve` as a process of its own: the built program, which the script of these tests builds first. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';
import { freePort } from '../../support/ports.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const CLI = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));
const START_TIMEOUT_MS = 30_000;

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServiceProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ending>;
  /** All that it has written to standard error. */
  log(): string;
  signal(signal: NodeJS.Signals): Promise<Ending>;
  /** Resolves when the webhook answers; rejects when the process ends before. Events are accepted from then on. */
  listening(): Promise<void>;
  /** Resolves when what an earlier run had left is taken up. */
  ready(): Promise<void>;
}

export interface Installation {
  readonly directory: string;
  /** The same at each start, so that a sender finds it again. */
  readonly webhook: URL;
  readonly admin: URL;
  start(more?: StartOptions): ServiceProcess;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Of Node itself, before the program. */
  readonly nodeOptions?: readonly string[];
  /** A command to run it under. */
  readonly under?: readonly string[];
}

/** A data directory and ports, in which one process after the other runs. Ended, all of them, when the test is over. */
export async function install(env: Readonly<Record<string, string>>, store?: string): Promise<Installation> {
  const directory = store ?? join(temporaryDirectory(), 'store');
  const [port, adminPort] = [await freePort(), await freePort()];
  const own = {
    PATH: process.env['PATH'] ?? '',
    CREWSPAN_PORT: `${port}`,
    CREWSPAN_ADMIN_PORT: `${adminPort}`,
    CREWSPAN_DATA_DIR: directory,
    ...env,
  };
  const webhook = new URL(`http://127.0.0.1:${port}/webhook`);
  return {
    directory,
    webhook,
    admin: new URL(`http://127.0.0.1:${adminPort}/`),
    start: ({ env = {}, nodeOptions = [], under = [] } = {}) =>
      startProcess([...under, process.execPath, ...nodeOptions, CLI, 'serve'], { ...own, ...env }, webhook),
  };
}

function startProcess(command: readonly string[], env: Record<string, string>, webhook: URL): ServiceProcess {
  const [program = process.execPath, ...args] = command;
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }) as Ending);
  let log = '';
  child.stderr?.on('data', chunk => {
    log += String(chunk);
  });
  const signal = (name: NodeJS.Signals): Promise<Ending> => {
    child.kill(name);
    return ended;
  };
  onTestFinished(async () => void (await signal('SIGKILL')));

  async function answers(path: string): Promise<void> {
    await vi.waitFor(
      async () => {
        expectRunning();
        const answer = await fetch(new URL(path, webhook));
        if (!answer.ok) throw new Error(`${path} answers ${answer.status}`);
      },
      { timeout: START_TIMEOUT_MS, interval: 10 },
    );
  }

  function expectRunning(): void {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the process has ended: ${log}`);
  }

  return {
    child,
    ended,
    log: () => log,
    signal,
    listening: () => answers('/healthz'),
    ready: () => answers('/readyz'),
  };
}
