/** The command line: which command, with which operands and options. */
import { parseArgs } from 'node:util';
import { messageOf } from '../thrown.ts';
import { type Command, isCommand } from './help.ts';

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
  config: { type: 'string' },
  serve: { type: 'boolean' },
  explain: { type: 'boolean' },
  color: { type: 'boolean' },
  to: { type: 'string' },
  token: { type: 'string' },
  batch: { type: 'string' },
  fresh: { type: 'boolean' },
  json: { type: 'boolean' },
  all: { type: 'boolean' },
  execution: { type: 'string' },
  source: { type: 'string' },
  'older-than': { type: 'string' },
  undelivered: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
} as const;

type Option = keyof typeof OPTIONS;

const OPTIONS_OF: Readonly<Record<Command, readonly Option[]>> = {
  serve: ['config'],
  demo: ['serve', 'config', 'color'],
  render: ['explain', 'config', 'color'],
  send: ['to', 'token', 'batch', 'fresh', 'config'],
  'dead-letter': ['json', 'all', 'config'],
  purge: ['execution', 'source', 'older-than', 'undelivered', 'dry-run', 'config'],
  doctor: ['config', 'json', 'color'],
};

export type Flags = ReturnType<typeof parse>['values'];

export interface CommandLine {
  /** `undefined` where none is named. */
  readonly command: Command | undefined;
  readonly operands: readonly string[];
  readonly flags: Flags;
}

/** What became of the arguments of a command. */
export type ArgumentsReading<T> =
  | { readonly ok: true; readonly value: T }
  /** What is wrong with them, as a sentence. */
  | { readonly ok: false; readonly fault: string };

/** An option of another command is a fault: whoever gives `--dry-run` must not find that it counted for nothing. */
export function readArguments(args: readonly string[]): ArgumentsReading<CommandLine> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (cause) {
    return { ok: false, fault: wordsOf(cause) };
  }
  const { values: flags, positionals } = parsed;
  const [command, ...operands] = positionals;
  if (command !== undefined && !isCommand(command)) {
    return { ok: false, fault: `There is no command ${JSON.stringify(command)}.` };
  }
  const taken: readonly string[] = ['help', 'version', ...OPTIONS_OF[command ?? 'serve']];
  const foreign = Object.keys(flags).find(name => !taken.includes(name));
  if (foreign !== undefined) return { ok: false, fault: `${command ?? 'serve'} has no option --${foreign}.` };
  return { ok: true, value: { command, operands, flags } };
}

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, allowNegative: true });
}

/** Of an unknown option Node goes on about operands that begin with a dash, which no command takes. */
function wordsOf(cause: unknown): string {
  return messageOf(cause).replace(/\. To specify a positional argument .*$/s, '.');
}
