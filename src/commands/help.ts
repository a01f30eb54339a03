const CONFIG = '  --config FILE   a YAML file with settings; environment variables take precedence';
const COLOUR = '  --[no-]color    colours on or off; by default on in a terminal, unless NO_COLOR is set';

const HELP = {
  serve: `crewspan serve [--config FILE]

Receives CrewAI's webhooks and delivers each run as one trace over OTLP. Runs until SIGTERM or SIGINT.

${CONFIG}`,
  demo: `crewspan demo [--serve] [--config FILE] [--[no-]color]

Starts a service, plays a recorded run of a real crew into it and prints the trace. Needs no backend; if
OTEL_EXPORTER_OTLP_ENDPOINT names one, the trace is sent there.

  --serve         keep receiving webhooks afterwards
${CONFIG}
${COLOUR}`,
  render: `crewspan render FILE|- [--explain] [--config FILE] [--[no-]color]

Prints the tree of spans that recorded events become. FILE holds webhook bodies, or one event per line.

  --explain       say below each span why it is placed there, and what ended it
${CONFIG}
${COLOUR}`,
  send: `crewspan send FILE|- --to URL [--token TOKEN] [--batch N] [--fresh] [--config FILE]

Sends recorded events to a webhook. FILE holds webhook bodies, or one event per line.

  --to URL        the webhook, such as http://127.0.0.1:4319/webhook
  --token TOKEN   the bearer token; by default the first of CREWSPAN_TOKENS
  --batch N       events per request; 1 (the default) is what "realtime": true sends
  --fresh         send them as new runs that have just ended, rather than as repeats of the recorded ones;
                  prints the new execution ids
${CONFIG}`,
  'dead-letter': `crewspan dead-letter list [--json] | retry KEY…|--all | drop KEY…|--all [--config FILE]

Manages the spans that the backend refused for good, in the store of CREWSPAN_DATA_DIR. Works while serve runs, too.

  list            print a table; with --json, one OTLP/JSON request per line, with the reason under "crewspan".
                  The JSON holds whole spans, including any content on them
  retry           deliver them again
  drop            remove them
  --all           all of them, instead of those with the KEYs that list prints
${CONFIG}`,
  purge: `crewspan purge --execution ID [--source SOURCE] | --older-than DURATION [--undelivered] [--dry-run] [--config FILE]

Removes data from the store of CREWSPAN_DATA_DIR, without asking for confirmation. Works while serve runs, too, but then
refuses to remove a run that is still open, and removed data may stay in free space of the file until serve is restarted.

  --execution ID  all of one run: its events, spans and dead letters, and the memory of its finished operations
  --source SOURCE only what this source sent of it
  --older-than D  dead letters and the memory of finished operations older than D, such as 12h or 7d
  --undelivered   also undelivered spans and events, which are then lost; events that serve holds stay
  --dry-run       only print what would be removed
${CONFIG}`,
  doctor: `crewspan doctor [--config FILE] [--json] [--[no-]color]

Checks settings, tokens, ports, data directory and disk, and sends a test span to the backend. Says what is wrong and
what to do; changes nothing. Run it with the settings of the service, before it starts or while it runs.

  --json          print JSON, as docs/doctor.md describes it
${CONFIG}
${COLOUR}

Exit codes: 0 no fault, 1 a fault, 2 the configuration is wrong.`,
} as const;

export type Command = keyof typeof HELP;

export function isCommand(word: string): word is Command {
  return Object.hasOwn(HELP, word);
}

export async function helpOf(command: Command | undefined): Promise<string> {
  if (command === 'serve') {
    const { describeSettings } = await import('../config.ts');
    return `${HELP.serve}\n\nSettings:\n\n${describeSettings()}`;
  }
  if (command !== undefined) return HELP[command];
  const synopses = Object.values(HELP).map(text => `  ${text.slice(0, text.indexOf('\n'))}`);
  return `crewspan turns CrewAI's webhook events into OpenTelemetry traces.

${synopses.join('\n')}
  crewspan --help | --version

serve is the default. COMMAND --help explains a command; serve --help lists the settings.
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.`;
}
