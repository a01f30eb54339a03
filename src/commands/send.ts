/** `crewspan send`: plays a recorded run into a webhook, and tells what became of its events. */
import type { ArgumentsReading, Flags } from './arguments.ts';
import { rebase } from './rebase.ts';
import { readEventTexts } from './recording.ts';
import { send } from './webhook-client.ts';

export interface SendRequest {
  readonly url: URL;
  /** `undefined`: none is named. */
  readonly token: string | undefined;
  /** Events a request. */
  readonly batch: number;
  /** As runs of their own that have just ended. */
  readonly fresh: boolean;
}

export function readSendRequest({ to, token, batch: given, fresh = false }: Flags): ArgumentsReading<SendRequest> {
  if (to === undefined) return fault('send needs --to URL.');
  if (!/^https?:\/\//i.test(to) || !URL.canParse(to)) {
    return fault(`--to ${JSON.stringify(to)} must be a URL that begins with http:// or https://.`);
  }
  const url = new URL(to);
  if (url.username !== '' || url.password !== '') {
    return fault('--to takes no user and password: give the token with --token.');
  }
  const batch = Number(given ?? 1);
  if (!Number.isSafeInteger(batch) || batch < 1) return fault('--batch takes a whole number from 1.');
  return { ok: true, value: { url, token, batch, fresh } };
}

const fault = (fault: string): ArgumentsReading<never> => ({ ok: false, fault });

export interface SendOutput {
  print(text: string): void;
  complain(text: string): void;
  /** Takes the place of what was shown before: for a terminal. */
  progress(text: string): void;
}

/** Resolves to whether the webhook rejected nothing. Rejects as `send` and `readEventTexts` do. */
export async function sendRecording(file: string, request: SendRequest, output: SendOutput): Promise<boolean> {
  const recorded = readEventTexts(file);
  const { events, executions } = request.fresh
    ? rebase(recorded, Date.now())
    : { events: recorded, executions: new Map<string, string>() };
  const onProgress = (sent: number, total: number) => output.progress(`\r${sent} of ${total} events`);
  const { accepted, duplicates, rejected, requests } = await send(events, { ...request, onProgress });
  output.progress('\n');
  for (const one of rejected) output.complain(`rejected ${one}`);
  output.print(
    `${accepted} events accepted, ${duplicates} known before, ${rejected.length} rejected, in ${requests} requests`,
  );
  for (const [old, fresh] of executions) output.print(`execution ${fresh}, recorded as ${old}`);
  return rejected.length === 0;
}
