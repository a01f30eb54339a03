/** Sends events to a webhook of crewspan, as CrewAI AMP would. */
import type { Settings } from '../config.ts';
import { asObject } from '../crewai/readers.ts';
import { CrewspanError } from '../errors.ts';
import { parsePythonJson } from '../webhook/python-json.ts';

export interface SendOptions {
  readonly url: URL;
  readonly token: string | undefined;
  /** Events a request; 1 is what `realtime: true` sends. */
  readonly batch: number;
  /** Called after each request with how many events have been sent of how many. */
  readonly onProgress?: (sent: number, total: number) => void;
}

export interface SendResult {
  readonly requests: number;
  readonly accepted: number;
  readonly duplicates: number;
  /** What the webhook said of the events that it rejected. */
  readonly rejected: readonly string[];
}

interface Answer {
  readonly accepted?: number;
  readonly duplicates?: number;
  readonly rejected?: readonly { readonly id?: unknown; readonly error?: unknown }[];
}

/** Sends events, JSON texts each, in their order. Throws `CREWSPAN_SEND` when a request is not answered with 2xx. */
export async function send(events: readonly string[], options: SendOptions): Promise<SendResult> {
  let requests = 0;
  let accepted = 0;
  let duplicates = 0;
  const rejected: string[] = [];
  for (let from = 0; from < events.length; from += options.batch) {
    const part = events.slice(from, from + options.batch);
    const answer = await post(`{"events":[${part.join(',')}]}`, options);
    requests++;
    accepted += answer.accepted ?? 0;
    duplicates += answer.duplicates ?? 0;
    for (const { id, error } of answer.rejected ?? []) rejected.push(`${String(id)}: ${String(error)}`);
    options.onProgress?.(Math.min(from + options.batch, events.length), events.length);
  }
  return { requests, accepted, duplicates, rejected };
}

async function post(body: string, { url, token }: SendOptions): Promise<Answer> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
  const { response, text } = await exchange(url, { method: 'POST', headers, body });
  if (response.ok) return answerIn(text, url);
  const advice = ADVICE[response.status] ?? '';
  throw new CrewspanError('CREWSPAN_SEND', `${url.href} answered ${response.status}: ${text.slice(0, 500)}${advice}`);
}

/** The answer with all of its body. */
async function exchange(url: URL, request: RequestInit): Promise<{ response: Response; text: string }> {
  try {
    const response = await fetch(url, request);
    return { response, text: await response.text() };
  } catch (cause) {
    throw new CrewspanError('CREWSPAN_SEND', `${url.href} cannot be reached: ${reasonOf(cause, url)}`, { cause });
  }
}

function answerIn(text: string, url: URL): Answer {
  const json = parsePythonJson(text);
  const answer = json.ok ? asObject(json.value) : undefined;
  if (answer !== undefined) return answer;
  throw new CrewspanError('CREWSPAN_SEND', `${url.href} answered 2xx, but not like a crewspan webhook: check --to.`);
}

const ADVICE: Readonly<Record<number, string>> = {
  401: ' Give the token of this source with --token.',
  404: ' The path of the webhook is /webhook, or /webhook/SOURCE.',
};

/** What OpenSSL says of a port without TLS, by its codes; its words help nobody. */
const NO_TLS = /WRONG_VERSION|PACKET_LENGTH|EPROTO/;

/** Of a certificate, of which Node's own authorities know nothing. */
const UNTRUSTED = /UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|SELF_SIGNED/;

function reasonOf(cause: unknown, { protocol }: URL): string {
  if (!(cause instanceof Error && cause.cause instanceof Error)) return String(cause);
  const { message } = cause.cause;
  const code = 'code' in cause.cause ? String(cause.cause.code) : '';
  if (NO_TLS.test(code)) return `it does not speak TLS (${code}); is it http:// rather than https://?`;
  if (UNTRUSTED.test(code)) return `${message}; name the certificate of its authority in NODE_EXTRA_CA_CERTS`;
  const closed = code === 'UND_ERR_SOCKET' && protocol === 'http:';
  return closed ? `${message}; is it https:// rather than http://?` : message;
}

/** A token on the command line is seen by all on the machine: the one that the receiver is set to will do as well. */
export function firstToken({ webhook }: Settings): string | undefined {
  return [...webhook.tokens.values()][0]?.[0];
}
