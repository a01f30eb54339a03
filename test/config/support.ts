import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { loadSettings, type Settings } from '../../src/config.ts';
import { CrewspanError } from '../../src/errors.ts';

export const load = (env: Readonly<Record<string, string>> = {}, configFile?: string): Settings =>
  loadSettings({ env, configFile });

/** The message of the fault that a configuration must have. */
export function faultOf(env: Readonly<Record<string, string>>, configFile?: string): string {
  try {
    load(env, configFile);
  } catch (error) {
    if (error instanceof CrewspanError && error.code === 'CREWSPAN_CONFIG') return error.message;
    throw error;
  }
  throw new Error('the configuration was taken');
}

export function writeTemporary(name: string, content: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'crewspan-config-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}
