/** Programs as processes of their own, with what they print in a file beside what they write. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a program may take to become ready or to stop, in milliseconds. */
const PATIENCE_MS = 30_000;
const POLL_MS = 50;

export interface ProgramOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where it runs and its log is kept. */
  readonly folder: string;
  /** Asked until it returns something other than `undefined` or false; a throw is a no. */
  readonly ready: (log: () => string) => unknown;
}

export interface Program {
  /** What it has printed since the start. */
  log(): string;
  /** Resolves to the exit code, `null` where a signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

const running = new Set<ChildProcess>();

// A test that fails, or a run that is broken off, leaves nothing running.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a program and waits until it is ready. It gets none of the environment but PATH and what is given. */
export async function start({ name, command, args, env, folder, ready }: ProgramOptions): Promise<Program> {
  const path = join(folder, `${name}.log`);
  const output = openSync(path, 'w');
  const child = spawn(command, args, {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  running.add(child);
  const exited = once(child, 'exit').finally(() => running.delete(child));
  const log = (): string => readFileSync(path, 'utf8');
  const program: Program = {
    log,
    async stop(signal = 'SIGTERM') {
      const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      child.kill(signal);
      const [code] = (await exited) as [number | null];
      clearTimeout(late);
      return code;
    },
  };
  try {
    await until(`${name} is ready`, () => {
      if (child.exitCode !== null) throw new Ended(`${name} ended with ${child.exitCode}`);
      return ready(log);
    });
  } catch (error) {
    await program.stop('SIGKILL');
    throw new Error(`${String(error)}\n${log().slice(-4_000)}`, { cause: error });
  }
  return program;
}

/** Waiting on would be for nothing. */
class Ended extends Error {}

/** Asks until the answer is something other than `undefined` or false, and resolves to it. A throw is a no. */
export async function until<T>(
  what: string,
  ask: () => Promise<T> | T,
  patienceMs = PATIENCE_MS,
): Promise<Exclude<T, undefined | false>> {
  const deadline = Date.now() + patienceMs;
  let reason: unknown = 'no';
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
    } catch (error) {
      if (error instanceof Ended) throw error;
      reason = error;
    }
    if (Date.now() > deadline) throw new Error(`waited ${patienceMs} ms until ${what}: ${String(reason)}`);
    await sleep(POLL_MS);
  }
}

/** Whether an address answers with success. */
export async function answers(url: string): Promise<boolean> {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.ok;
}

/** One folder a test file, and all that is to be done when it ends. */
export interface Bench {
  readonly folder: string;
  /** Runs when the bench is cleared, the last first. */
  onClear(undo: () => unknown): void;
  clear(): Promise<void>;
}

export function createBench(): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'crewspan-e2e-'));
  const undos: (() => unknown)[] = [];
  return {
    folder,
    onClear: undo => void undos.push(undo),
    async clear() {
      for (const undo of undos.splice(0).reverse()) await undo();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
