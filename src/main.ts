/**
 * The commands. Exit codes: 0 done, 1 failed, 2 wrong usage or configuration. Each loads what it needs when it runs: all of
 * it together takes longer to load than most commands take.
 */
import { type Flags, readArguments } from './commands/arguments.ts';
import { helpOf } from './commands/help.ts';
import type { LoadOptions, Settings } from './config.ts';
import { CrewspanError } from './errors.ts';
import { VERSION } from './version.ts';

const USAGE_CODES: ReadonlySet<string> = new Set(['CREWSPAN_USAGE', 'CREWSPAN_CONFIG']);

const ENDPOINTS: ReadonlySet<string> = new Set(['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']);

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

// Who reads no further, as `head` does, is no fault of a command: it goes on to its end.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}

function progress(text: string): void {
  if (process.stderr.isTTY === true) process.stderr.write(text);
}

function usage(what: string): CrewspanError {
  return new CrewspanError('CREWSPAN_USAGE', `${what}\nSee crewspan --help.`);
}

async function run(args: readonly string[]): Promise<number> {
  const reading = readArguments(args);
  if (!reading.ok) throw usage(reading.fault);
  const { command, operands, flags } = reading.value;
  if (flags.version) {
    print(VERSION);
    return 0;
  }
  if (flags.help) {
    print(await helpOf(command));
    return 0;
  }
  switch (command ?? 'serve') {
    case 'serve':
      expectOperands(operands, 0, 'serve takes no operand');
      return runServe(flags);
    case 'demo':
      expectOperands(operands, 0, 'demo takes no operand');
      return (await runDemo(flags)) ? 0 : 1;
    case 'render':
      return runRender(flags, expectOperands(operands, 1, 'render takes one file, or - for standard input'));
    case 'send':
      return runSend(flags, expectOperands(operands, 1, 'send takes one file, or - for standard input'));
    case 'dead-letter':
      return runDeadLetter(flags, operands);
    case 'purge':
      expectOperands(operands, 0, 'purge takes no operand');
      return runPurge(flags);
    case 'doctor':
      expectOperands(operands, 0, 'doctor takes no operand');
      return runDoctor(flags);
  }
}

function expectOperands(operands: readonly string[], count: number, otherwise: string): string {
  if (operands.length !== count) throw usage(`${otherwise}.`);
  return operands[0] ?? '';
}

function loadOptions({ config }: Flags): LoadOptions {
  return { env: process.env, configFile: config };
}

async function settingsOf(flags: Flags): Promise<Settings> {
  const { loadSettings } = await import('./config.ts');
  return loadSettings(loadOptions(flags));
}

function wantsColour(flags: Flags): boolean {
  return flags.color ?? (process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined);
}

async function runServe(flags: Flags): Promise<number> {
  const { serve } = await import('./commands/serve.ts');
  await serve(await settingsOf(flags));
  return 0;
}

async function runDemo(flags: Flags): Promise<boolean> {
  const { demo } = await import('./commands/demo.ts');
  const { settingOrigins } = await import('./config.ts');
  const origins = settingOrigins(loadOptions(flags));
  return demo({
    settings: await settingsOf(flags),
    hasBackend: origins.some(({ name, origin }) => ENDPOINTS.has(name) && origin !== 'default'),
    colour: wantsColour(flags),
    serve: flags.serve ?? false,
    print,
  });
}

async function runRender(flags: Flags, file: string): Promise<number> {
  const { readRecording } = await import('./commands/recording.ts');
  const { render } = await import('./commands/render.ts');
  const { events, faults } = readRecording(file);
  for (const fault of faults) complain(fault);
  process.stdout.write(
    render(events, await settingsOf(flags), { colour: wantsColour(flags), explain: flags.explain ?? false }),
  );
  return faults.length === 0 ? 0 : 1;
}

async function runSend(flags: Flags, file: string): Promise<number> {
  const { readSendRequest, sendRecording } = await import('./commands/send.ts');
  const { firstToken } = await import('./commands/webhook-client.ts');
  const request = readSendRequest(flags);
  if (!request.ok) throw usage(request.fault);
  const token = request.value.token ?? firstToken(await settingsOf(flags));
  return (await sendRecording(file, { ...request.value, token }, { print, complain, progress })) ? 0 : 1;
}

async function runDeadLetter(flags: Flags, operands: readonly string[]): Promise<number> {
  const { readDeadLetterTask, runTask } = await import('./commands/dead-letter.ts');
  const task = readDeadLetterTask(operands, flags);
  if (!task.ok) throw usage(task.fault);
  return (await runTask(await settingsOf(flags), task.value, print)) ? 0 : 1;
}

async function runPurge(flags: Flags): Promise<number> {
  const { purge, readPurgeRequest } = await import('./commands/purge.ts');
  const request = readPurgeRequest(flags);
  if (!request.ok) throw usage(request.fault);
  await purge(await settingsOf(flags), request.value, print);
  return 0;
}

async function runDoctor(flags: Flags): Promise<number> {
  const { examine } = await import('./doctor/doctor.ts');
  const { exitCodeOf, renderJson, renderReport } = await import('./doctor/report.ts');
  const examination = await examine(loadOptions(flags));
  process.stdout.write(
    flags.json ? renderJson(examination) : renderReport(examination, { colour: wantsColour(flags) }),
  );
  return exitCodeOf(examination);
}

run(process.argv.slice(2)).then(
  code => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const foreseen = error instanceof CrewspanError;
    complain(
      foreseen
        ? `crewspan: ${error.message} (${error.code})`
        : `crewspan: ${error instanceof Error ? error.stack : String(error)}`,
    );
    process.exitCode = foreseen && USAGE_CODES.has(error.code) ? 2 : 1;
  },
);
