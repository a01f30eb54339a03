/** The data directory: is it there or can it be made, may this user write to it, and may others read it? */
import { accessSync, constants, existsSync, readdirSync, type Stats, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { STORE_FILE } from '../journal/lmdb/open.ts';
import { codeOf } from '../thrown.ts';
import { type Finding, fault, fine, warning } from './finding.ts';

export interface DirectoryCheck {
  readonly findings: readonly Finding[];
  /** The directory, absolute. */
  readonly directory: string;
  readonly exists: boolean;
  /** It, or the nearest above it that is there: what the file system can be asked about. */
  readonly nearest: string;
  readonly writable: boolean;
}

const MODE = 0o700;

/** `user`: the id of whoever asks, as `process.getuid` tells; `undefined` where there are none. Changes nothing. */
export function checkDirectory(dataDir: string, user: number | undefined): DirectoryCheck {
  const directory = resolve(dataDir);
  const nearest = nearestAbove(directory);
  const exists = nearest === directory;
  const problem = accessProblem(nearest) ?? (exists ? fileProblem(directory) : undefined);
  const common = { directory, exists, nearest };
  if (problem !== undefined) return { ...common, writable: false, findings: [unusable(directory, problem)] };
  if (!exists)
    return {
      ...common,
      writable: true,
      findings: [fine('data.writable', `${directory} does not exist yet and can be made`, { directory })],
    };
  const stats = statSync(directory);
  const odd = [...foreign(directory, stats, user), ...open(directory, stats, user)];
  const findings = odd.length > 0 ? odd : [fine('data.writable', `${directory}, for this user alone`, { directory })];
  return { ...common, writable: !odd.some(({ status }) => status === 'fault'), findings };
}

function nearestAbove(directory: string): string {
  let path = directory;
  while (!existsSync(path) && dirname(path) !== path) path = dirname(path);
  return path;
}

function accessProblem(directory: string): string | undefined {
  try {
    if (!statSync(directory).isDirectory()) return `${directory} is not a directory`;
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return `this user may not write to ${directory} (${codeOf(error) ?? error})`;
  }
}

/** Files of somebody else: left by a run as root, as a rule. */
function fileProblem(directory: string): string | undefined {
  for (const name of readdirSync(directory).filter(entry => entry.startsWith(STORE_FILE))) {
    try {
      accessSync(join(directory, name), constants.R_OK | constants.W_OK);
    } catch (error) {
      return `this user may not write to ${join(directory, name)} (${codeOf(error) ?? error})`;
    }
  }
  return undefined;
}

function unusable(directory: string, problem: string): Finding {
  const advice =
    'Set CREWSPAN_DATA_DIR to a directory on a local disk that the user of the service may write to, or give it the ' +
    'directory with all that is in it (chown -R). In a container: a volume.';
  return fault('data.unwritable', `the store cannot be kept in ${directory}: ${problem}`, advice, { directory });
}

function foreign(directory: string, { uid }: Stats, user: number | undefined): Finding[] {
  if (user === undefined || uid === user) return [];
  // Root may write everywhere, but what it writes the service may not read.
  const summary = `${directory} belongs to the user ${uid}, and this is user ${user}`;
  const advice = 'Run doctor and the service as the owner of the directory.';
  return [warning('data.owner', summary, advice, { directory, owner: uid })];
}

function open(directory: string, { mode, uid }: Stats, user: number | undefined): Finding[] {
  const rights = mode & 0o777;
  if (rights === MODE) return [];
  const facts = { directory, mode: rights.toString(8) };
  const summary = `${directory} has the mode ${facts.mode}, and prompts are stored in it`;
  if (user === undefined || user === 0 || uid === user) {
    const advice = 'crewspan makes it 0700 when it starts. What is in it could be read by others until then.';
    return [warning('data.mode', summary, advice, facts)];
  }
  const advice = 'Have its owner make it 0700 (chmod 700); crewspan may not, and does not start.';
  return [fault('data.mode', summary, advice, facts)];
}
