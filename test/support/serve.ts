/** The built program as a process of its own: `npm test` builds it first. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';

export const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export interface Serving {
  /** Of the webhook. */
  readonly url: URL;
  /** What it has written to standard error so far. */
  log(): string;
  /** Resolves to the exit code, `null` where the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/**
 * Resolves once it has said where it listens and answers to commands; at any free port and without an admin listener unless
 * `env` says otherwise. Ends with the test.
 */
export async function serve(env: Readonly<Record<string, string>>): Promise<Serving> {
  const own = { PATH: process.env['PATH'], CREWSPAN_PORT: '0', CREWSPAN_ADMIN_PORT: 'off' };
  const child: ChildProcess = spawn(process.execPath, [CLI, 'serve'], {
    env: { ...own, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const end = (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return ended;
  };
  onTestFinished(async () => void (await end('SIGKILL')));
  let log = '';
  child.stderr?.on('data', chunk => {
    log += String(chunk);
  });
  const url = await vi.waitFor(
    () => {
      const found = /"url":"([^"]+\/webhook)"/.exec(log)?.[1];
      if (found === undefined || !log.includes('ready for commands')) throw new Error(`no address in the log: ${log}`);
      return new URL(found);
    },
    { timeout: 20_000 },
  );
  return { url, log: () => log, end };
}
