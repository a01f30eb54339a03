/** Makes the programs that the suite runs, before its first test; see `test/e2e/programs`. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

const MAKE = fileURLToPath(new URL('../programs/make.sh', import.meta.url));
export const CLI = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

/** Paths. */
export interface Programs {
  readonly jaeger: string;
  readonly collector: string;
  readonly prometheus: string;
  readonly alertmanager: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    programs: Programs;
  }
}

export default function setup({ provide }: TestProject): void {
  if (!existsSync(CLI)) throw new Error(`${CLI} is not there; npm run build makes it.`);
  const made = execFileSync(MAKE, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  provide('programs', JSON.parse(made) as Programs);
}
