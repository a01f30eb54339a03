import { describeSettings } from '../config.ts';

const HELP = {
  serve: `crewspan serve [--config FILE]

Receives CrewAI's webhooks and delivers every run as one trace over OTLP. Runs until SIGTERM or SIGINT.

  --config FILE   a YAML file with settings; the environment comes first`,
  demo: `crewspan demo [--serve] [--config FILE] [--[no-]color]

Plays a recorded run of a real crew into a service of its own and prints the trace. Needs no backend; one that is
set by OTEL_EXPORTER_OTLP_ENDPOINT gets the run.

  --serve         goes on receiving webhooks afterwards`,
  render: `crewspan render FILE|- [--explain] [--config FILE] [--[no-]color]

Prints what becomes of webhook bodies, or of events one a line, as a tree.

  --explain       says below each span why it stands there, and by what it ended`,
  send: `crewspan send FILE|- --to URL [--token TOKEN] [--batch N] [--fresh]

Plays webhook bodies, or events one a line, into a webhook.

  --to URL        the webhook, such as http://127.0.0.1:4319/webhook
  --token TOKEN   the bearer token; else the first of CREWSPAN_TOKENS
  --batch N       events a request; 1 (the default) is what "realtime": true sends
  --fresh         as runs of their own that have just ended, not as repeats of the recorded ones`,
} as const;

type Command = keyof typeof HELP;

export function isCommand(word: string): word is Command {
  return Object.hasOwn(HELP, word);
}

export function helpOf(command: Command | undefined): string {
  if (command === 'serve') return `${HELP.serve}\n\nSettings:\n\n${describeSettings()}`;
  if (command !== undefined) return HELP[command];
  const synopses = Object.values(HELP).map(text => `  ${text.slice(0, text.indexOf('\n'))}`);
  return `crewspan turns CrewAI's webhook events into OpenTelemetry traces.

${synopses.join('\n')}
  crewspan --help | --version

serve is the default. COMMAND --help says more; serve --help lists the settings.
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.`;
}
