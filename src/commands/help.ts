const CONFIG = '  --config FILE   a YAML file with settings; the environment comes first';
const COLOUR = '  --[no-]color    with colours, or without; by default with, on a terminal where NO_COLOR is not set';

const HELP = {
  serve: `crewspan serve [--config FILE]

Receives CrewAI's webhooks and delivers every run as one trace over OTLP. Runs until SIGTERM or SIGINT.

${CONFIG}`,
  demo: `crewspan demo [--serve] [--config FILE] [--[no-]color]

Plays a recorded run of a real crew into a service of its own and prints the trace. Needs no backend; one that is
set by OTEL_EXPORTER_OTLP_ENDPOINT gets the run.

  --serve         goes on receiving webhooks afterwards
${CONFIG}
${COLOUR}`,
  render: `crewspan render FILE|- [--explain] [--config FILE] [--[no-]color]

Prints what becomes of webhook bodies, or of events one a line, as a tree.

  --explain       says below each span why it stands there, and by what it ended
${CONFIG}
${COLOUR}`,
  send: `crewspan send FILE|- --to URL [--token TOKEN] [--batch N] [--fresh] [--config FILE]

Plays webhook bodies, or events one a line, into a webhook.

  --to URL        the webhook, such as http://127.0.0.1:4319/webhook
  --token TOKEN   the bearer token; else the first of CREWSPAN_TOKENS
  --batch N       events a request; 1 (the default) is what "realtime": true sends
  --fresh         as runs of their own that have just ended, not as repeats of the recorded ones;
                  prints their new execution ids
${CONFIG}`,
  'dead-letter': `crewspan dead-letter list [--json] | retry KEY…|--all | drop KEY…|--all [--config FILE]

Spans that the backend refused for good, in the store of CREWSPAN_DATA_DIR. A running serve is asked to do it.

  list            a table; with --json one OTLP/JSON request a line, with why it was refused under "crewspan".
                  It shows all that is in the spans: whatever content was let onto them, too
  retry           puts them into the outbox again, to be delivered
  drop            removes them
  --all           all of them; else those with the KEYs of the list
${CONFIG}`,
  purge: `crewspan purge --execution ID [--source SOURCE] | --older-than DURATION [--undelivered]  [--dry-run] [--config FILE]

Removes from the store of CREWSPAN_DATA_DIR, without asking. A running serve is asked to do it; it refuses for an execution
that is still at work. While it runs, what was removed may lie in free space of the file until its next start.

  --execution ID  all that there is of an execution: events, spans, dead letters, what is remembered of it
  --source SOURCE only where this source sent it
  --older-than D  dead letters and what is remembered of finished operations that are older, such as 12h or 7d
  --undelivered   also spans and events that have not been delivered: they are lost. A running serve keeps its events
  --dry-run       only says what would go
${CONFIG}`,
  doctor: `crewspan doctor [--config FILE] [--json] [--[no-]color]

Checks settings, tokens, ports, data directory and disk, and sends a test span to the backend. Says what is wrong and
what to do; changes nothing. Run it with the settings of the service, before it starts or while it runs.

  --json          one JSON text, as docs/doctor.md describes it
${CONFIG}
${COLOUR}

Exit code: 0 where there is no fault, 1 where there is one, 2 where the configuration is wrong.`,
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

serve is the default. COMMAND --help says more; serve --help lists the settings.
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.`;
}
