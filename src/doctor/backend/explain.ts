/** Why a test span was not taken, as exactly as can be found out, and what to do. */
import { bareHost } from '../../config/hosts.ts';
import { shownEndpoint } from '../../delivery/operator-text.ts';
import { portOf } from '../../delivery/proxy.ts';
import type { BackendFault, PayloadFault } from '../../delivery/transport.ts';
import { type Finding, fault } from '../finding.ts';
import type { BackendContext } from './context.ts';
import { probeTimeout } from './context.ts';
import { knownPort } from './known-ports.ts';
import { explainPath, likelyEndpoints, valueFor } from './path.ts';
import { probeSpoken, type Spoken } from './spoken.ts';
import { type Sent, sendOnce } from './test-span.ts';

export interface Refusal {
  readonly context: BackendContext;
  readonly outcome: BackendFault | PayloadFault;
  readonly sent: Sent;
  /** A proxy stands in between: what the backend speaks cannot be asked. */
  readonly proxied: boolean;
}

const UNAUTHORISED = new Set(['HTTP_401', 'HTTP_403', 'GRPC_UNAUTHENTICATED', 'GRPC_PERMISSION_DENIED']);
const NO_TIME = new Set(['TIMEOUT', 'GRPC_DEADLINE_EXCEEDED']);
const NOT_THERE = new Set(['HTTP_404', 'HTTP_405', 'NOT_OTLP', 'GRPC_UNIMPLEMENTED', 'GRPC_NOT_FOUND']);
const BUSY = /^HTTP_(?:429|5\d\d)$|^GRPC_RESOURCE_EXHAUSTED$/;

export async function explainRefusal(refusal: Refusal): Promise<Finding> {
  const { outcome, context, proxied } = refusal;
  const { cause, message } = outcome;
  const facts = { cause };
  if (UNAUTHORISED.has(cause)) return fault('backend.unauthorised', message, credentialAdvice(context), facts);
  if (BUSY.test(cause)) {
    const advice = "crewspan keeps spans and tries again. If this goes on, look at the backend's log.";
    return fault('backend.unavailable', message, advice, facts);
  }
  if (/^HTTP_3\d\d$/.test(cause)) return redirected(refusal);
  const spoken = proxied ? undefined : await probeSpoken(probeOf(context));
  const misunderstood = spoken && wrongProtocol(context, spoken, message, cause);
  if (misunderstood !== undefined) return misunderstood;
  if (NOT_THERE.has(cause)) return notThere(refusal);
  if (NO_TIME.has(cause)) {
    const advice =
      'It accepts connections and says nothing: it is overloaded, or something in between swallows what is sent. Look at ' +
      'its log; raise OTEL_EXPORTER_OTLP_TIMEOUT where it is far away.';
    return fault('backend.timeout', message, advice, facts);
  }
  if (outcome.kind === 'payload') {
    const advice = 'It speaks OTLP but refuses this span: see its message and its log.';
    return fault('backend.refused', message, advice, facts);
  }
  const advice = `Check ${context.variable}${proxied ? ', and the proxy' : ''}. docs/errors.md explains the causes.`;
  return fault('backend.unreachable', message, advice, facts);
}

function probeOf({ settings }: BackendContext) {
  const host = bareHost(settings.endpoint.hostname);
  return { host, port: Number(portOf(settings.endpoint)), timeoutMs: probeTimeout(settings) };
}

function credentialAdvice({ settings }: BackendContext): string {
  const names = Object.keys(settings.headers);
  const example = 'OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20TOKEN';
  if (names.length === 0) return `No header is sent. Set the one that the backend asks for, such as ${example}.`;
  return `These headers were sent: ${names.join(', ')}. Check the value, its scheme ("Bearer ", "Basic ") and its percent-encoding, as in ${example}.`;
}

function redirected({ outcome, context, sent }: Refusal): Finding {
  const { endpoint } = context.settings;
  const target =
    sent.location !== undefined && URL.canParse(sent.location, endpoint.href)
      ? new URL(sent.location, endpoint)
      : undefined;
  const where = target === undefined ? 'nowhere it names' : `to ${shownEndpoint(target)}`;
  const advice =
    target?.protocol === 'https:' && endpoint.protocol === 'http:' && target.hostname === endpoint.hostname
      ? `Write https:// instead of http:// in ${context.variable}.`
      : `Spans are not sent after a redirect: name in ${context.variable} what takes them. A login page means that the URL is not for programs.`;
  const facts = { cause: outcome.cause, ...(target === undefined ? {} : { location: shownEndpoint(target) }) };
  return fault(
    'backend.redirect',
    `${shownEndpoint(endpoint)} redirects ${where} (${outcome.cause.slice(5)})`,
    advice,
    facts,
  );
}

function wrongProtocol(context: BackendContext, spoken: Spoken, message: string, cause: string): Finding | undefined {
  const { settings, variable } = context;
  const { endpoint, protocol } = settings;
  const where = endpoint.host;
  const facts = { cause };
  if (spoken.tls && endpoint.protocol === 'http:') {
    const advice = `Write https:// instead of http:// in ${variable}.`;
    return fault('backend.speaks-tls', `${where} speaks TLS, but ${variable} says http://`, advice, facts);
  }
  if (protocol !== 'grpc' && spoken.http2 && !spoken.http1) {
    const advice =
      'Set OTEL_EXPORTER_OTLP_PROTOCOL=grpc, or name the port where the backend takes OTLP over HTTP, usually 4318.';
    return fault('backend.speaks-grpc', `${where} speaks gRPC, but crewspan spoke ${protocol} to it`, advice, facts);
  }
  if (protocol === 'grpc' && spoken.http1 && !spoken.http2) {
    const known = knownPort(portOf(endpoint));
    if (known !== undefined) return wrongPort(context, known, message, cause);
    const advice =
      'Set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, or name the port where the backend takes OTLP over gRPC, usually 4317.';
    return fault('backend.speaks-http', `${where} speaks HTTP/1.1, but crewspan spoke gRPC to it`, advice, facts);
  }
  return undefined;
}

function wrongPort(
  { settings, variable }: BackendContext,
  known: NonNullable<ReturnType<typeof knownPort>>,
  message: string,
  cause: string,
): Finding {
  const port = portOf(settings.endpoint);
  const advice = `Port ${port} is usually ${known.name}; ${known.instead}. Change the port in ${variable}.`;
  return fault('backend.wrong-port', message, advice, { cause, port: Number(port) });
}

/** Something answers, and knows nothing of traces at this URL. */
async function notThere({ context, outcome }: Refusal): Promise<Finding> {
  const { settings, variable } = context;
  const { endpoint, protocol } = settings;
  const { cause, message } = outcome;
  const known = knownPort(portOf(endpoint));
  if (known !== undefined) return wrongPort(context, known, message, cause);
  if (protocol === 'grpc') {
    const advice = `What listens there takes no traces over gRPC. Check the port of ${variable}, and that the backend has an OTLP receiver.`;
    return fault('backend.no-service', message, advice, { cause });
  }
  const how = explainPath(endpoint, variable);
  const summary = `nothing takes traces at ${shownEndpoint(endpoint)} (${cause}): ${how}`;
  const meant = await findTaker(context);
  if (meant === undefined) {
    const advice = `Most backends take traces at /v1/traces. Look up the path in the backend's documentation on OTLP over HTTP, and correct ${variable}.`;
    return fault('backend.path', summary, advice, { cause });
  }
  const advice = `${shownEndpoint(meant)} does take them: set ${valueFor(meant, variable)}.`;
  return fault('backend.path', summary, advice, { cause, meant: shownEndpoint(meant) });
}

/** Asked with an empty request, of the same host: a backend takes that, and nothing comes of it. */
async function findTaker({ settings }: BackendContext): Promise<URL | undefined> {
  for (const endpoint of likelyEndpoints(settings.endpoint)) {
    const timeoutMs = probeTimeout(settings);
    const { outcome } = await sendOnce({ ...settings, endpoint, timeoutMs }, new Uint8Array());
    if (outcome.kind === 'taken') return endpoint;
  }
  return undefined;
}
