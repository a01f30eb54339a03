/** Stores in the hands of another process: the built program's journal, which `npm test` builds first. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const SCRIPT = fileURLToPath(new URL('./lmdb-child.mjs', import.meta.url));

export interface StoreProcess {
  readonly child: ChildProcess;
  /** What it has printed so far, whole lines only. */
  lines(): string[];
  /** Resolves once it has printed that many lines. */
  printed(count: number): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
}

export function startProcess(args: readonly string[], under: readonly string[] = []): StoreProcess {
  const [command = process.execPath, ...rest] = [...under, process.execPath, SCRIPT, ...args];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  let output = '';
  const waiting = new Set<() => void>();
  const lines = (): string[] => output.split('\n').slice(0, -1);
  child.stdout?.on('data', chunk => {
    output += String(chunk);
    for (const look of waiting) look();
  });
  const closed = once(child, 'close');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    await closed;
  };
  onTestFinished(kill);
  return {
    child,
    lines,
    kill,
    printed: count =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (lines().length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        ended.then(() => reject(new Error(`the process ended after: ${output}`)));
        look();
      }),
  };
}
