import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSettings, type Settings } from '../../src/config.ts';
import { CrewspanError } from '../../src/errors.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

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
  const directory = temporaryDirectory();
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}
