/** The built service, as its users start it. */
import { join } from 'node:path';
import { type Bench, type Program, start } from './process.ts';
import { CLI } from './programs.ts';

export interface Crewspan extends Program {
  readonly webhook: URL;
  /** The admin listener. */
  readonly admin: string;
}

export interface CrewspanOptions {
  /** Further settings. */
  readonly env: Readonly<Record<string, string>>;
  /** Two on one bench need two names. A second one with the name of an earlier one takes up its store. */
  readonly name?: string;
}

const SETTINGS = { CREWSPAN_PORT: '0', CREWSPAN_ADMIN_PORT: '0', CREWSPAN_SETTLE: '300ms' };

export async function startCrewspan(bench: Bench, { env, name = 'crewspan' }: CrewspanOptions): Promise<Crewspan> {
  const program = await start({
    name,
    command: process.execPath,
    args: [CLI, 'serve'],
    env: { ...SETTINGS, CREWSPAN_DATA_DIR: join(bench.folder, `${name}.data`), ...env },
    folder: bench.folder,
    ready: log => logged(log(), 'receiving webhooks') !== undefined,
  });
  bench.onClear(() => program.stop('SIGKILL'));
  const webhook = logged(program.log(), 'receiving webhooks') ?? '';
  return { ...program, webhook: new URL(webhook), admin: logged(program.log(), 'admin listener') ?? '' };
}

/** The `url` of the line with this message. */
function logged(log: string, message: string): string | undefined {
  for (const line of log.split('\n')) {
    if (!line.includes(`"${message}"`)) continue;
    return (JSON.parse(line) as { url?: string }).url;
  }
  return undefined;
}
