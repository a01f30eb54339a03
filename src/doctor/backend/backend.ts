/** The way to the backend, step by step, and a test span at its end. */
import { bareHost } from '../../config/hosts.ts';
import { createTransport } from '../../delivery/create-transport.ts';
import { shownEndpoint } from '../../delivery/operator-text.ts';
import { portOf } from '../../delivery/proxy.ts';
import { CrewspanError } from '../../errors.ts';
import { checkCertificate } from '../certificate.ts';
import { checkClock } from '../clock.ts';
import { type Finding, fault, fine, INVALID_SETTING, warning } from '../finding.ts';
import { checkConnection } from './connect.ts';
import { type BackendContext, probeTimeout } from './context.ts';
import { explainRefusal } from './explain.ts';
import { shakeHands } from './handshake.ts';
import { type ProxyReading, proxyOf } from './proxy.ts';
import { createTestSpan, sendOnce, TEST_SPAN_NAME } from './test-span.ts';
import { checkBackendTls } from './tls.ts';

/** After these there is no need to send anything. */
const NO_WAY = new Set(['backend.dns', 'backend.connect', 'tls.handshake', 'tls.not-spoken']);

export async function checkBackend(context: BackendContext): Promise<Finding[]> {
  const proxy = proxyOf(context.settings, context.environment);
  const own = ownCertificate(context);
  if (own.some(({ status }) => status === 'fault')) return own;
  const unusable = await transportFault(context, proxy);
  if (unusable !== undefined) return [unusable];
  const way = await checkWay(context, proxy);
  if (way.some(({ status, code }) => status === 'fault' && NO_WAY.has(code))) return [...own, ...way];
  return [...own, ...way, ...(await sendTestSpan(context, proxy.kind === 'proxy'))];
}

/** Headers and proxies are looked at only where they are used: by the transport, as `serve` makes it. */
async function transportFault({ settings }: BackendContext, proxy: ProxyReading): Promise<Finding | undefined> {
  if (proxy.kind === 'invalid') return invalid(`${proxy.variable} must be a URL such as http://host:port`);
  try {
    const transport = await createTransport(settings);
    await transport.close();
    return undefined;
  } catch (error) {
    if (error instanceof CrewspanError) return invalid(error.message);
    throw error;
  }
}

function invalid(summary: string): Finding {
  const advice = 'Correct it: crewspan does not start until then.';
  return fault(INVALID_SETTING, summary, advice);
}

/** The certificate that crewspan shows, where the backend asks for one. */
function ownCertificate({ settings: { tls } }: BackendContext): Finding[] {
  return tls.cert === undefined
    ? []
    : [checkCertificate(tls.cert, 'OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE', Date.now())];
}

/** As far as the next hop: where that is a proxy, what is behind it only the test span can tell. */
async function checkWay(context: BackendContext, proxy: ProxyReading): Promise<Finding[]> {
  const { settings, variable, inContainer } = context;
  const timeoutMs = probeTimeout(settings);
  const url = proxy.kind === 'proxy' ? proxy.url : settings.endpoint;
  const host = bareHost(url.hostname);
  const port = Number(portOf(url));
  const target =
    proxy.kind === 'proxy'
      ? { host, port, what: `the proxy of ${proxy.variable}`, variable: proxy.variable }
      : { host, port, what: `the backend of ${variable}`, variable };
  const connection = await checkConnection(target, { timeoutMs, inContainer });
  if (connection.status === 'fault' || proxy.kind === 'proxy' || url.protocol !== 'https:') {
    return [...(proxy.kind === 'proxy' ? unverified(context) : []), connection];
  }
  const applications = settings.protocol === 'grpc' ? ['h2'] : ['http/1.1'];
  const handshake = await shakeHands({ host, port, tls: settings.tls, applications, timeoutMs });
  const ownAuthority = settings.tls.ca !== undefined;
  const tls = checkBackendTls({ handshake, host, port, variable, ownAuthority, now: Date.now() });
  return [connection, ...unverified(context), tls];
}

function unverified({ settings, environment }: BackendContext): Finding[] {
  if (settings.endpoint.protocol !== 'https:' || environment['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return [];
  return [
    warning(
      'tls.unverified',
      'NODE_TLS_REJECT_UNAUTHORIZED=0 turns off the check of certificates: anybody could pose as the backend',
      'Unset it, and name the authority in OTEL_EXPORTER_OTLP_CERTIFICATE.',
    ),
  ];
}

async function sendTestSpan(context: BackendContext, proxied: boolean): Promise<Finding[]> {
  const { settings, resourceAttributes } = context;
  const { traceId, request } = createTestSpan(resourceAttributes, Date.now());
  const sent = await sendOnce(settings, request);
  const { outcome } = sent;
  const clock = checkClock(sent);
  const service = resourceAttributes['service.name'] ?? '';
  const ms = sent.answeredAt - sent.sentAt;
  const facts = { traceId, service, protocol: settings.protocol, ms };
  switch (outcome.kind) {
    case 'taken':
      return [...tookIt(facts, context, outcome.warning), ...clock];
    case 'partial': {
      const summary = `took the request and refused the test span (partial success): ${outcome.message || 'no reason given'}`;
      const advice = 'Spans refused this way are lost. See its message and its log.';
      return [fault('backend.partial', summary, advice, { ...facts, rejected: outcome.rejected }), ...clock];
    }
    default:
      return [await explainRefusal({ context, outcome, sent, proxied }), ...clock];
  }
}

function tookIt(
  facts: { readonly traceId: string; readonly service: string; readonly protocol: string; readonly ms: number },
  { settings }: BackendContext,
  words: string | undefined,
): Finding[] {
  const { traceId, service, protocol, ms } = facts;
  const where = shownEndpoint(settings.endpoint);
  const summary = `${where} took a test span over ${protocol} in ${ms} ms`;
  const details = [`Look it up: trace ${traceId}, span "${TEST_SPAN_NAME}", service ${service}.`];
  const findings: Finding[] = [{ ...fine('backend.taken', summary, facts), details }];
  if (words !== undefined) {
    findings.push(warning('backend.warned', `it took the span with a warning: ${words}`, "See the backend's log.", {}));
  }
  return findings;
}
