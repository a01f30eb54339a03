/** OTLP/HTTP: `http/protobuf` and `http/json`. */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, gzip, inflate } from 'node:zlib';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { CrewspanError } from '../errors.ts';
import { codeOf } from '../thrown.ts';
import { createDeadline } from './deadline.ts';
import { exportHeaders } from './headers.ts';
import { outcomeOfHttp } from './http-status.ts';
import { createQuote, type Quote, shownEndpoint, withQuote } from './operator-text.ts';
import { otlpJson } from './otlp-json.ts';
import { proxyFor } from './proxy.ts';
import type { DeliverySettings } from './settings.ts';
import type { AnswerObserver, BackendFault, ExportOutcome, Transport } from './transport.ts';

/** Of an answer, in bytes, also inflated. An `ExportTraceServiceResponse` is a few hundred. */
const MAX_ANSWER = 1024 * 1024;

const INFLATE: ReadonlyMap<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>> = new Map([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
]);
const compress = promisify(gzip);

export function createHttpTransport(settings: DeliverySettings, onAnswer?: AnswerObserver): Transport {
  const { endpoint, timeoutMs } = settings;
  const json = settings.protocol === 'http/json';
  const zipped = settings.compression === 'gzip';
  const own = exportHeaders(settings);
  const quote = createQuote({ headers: own, endpoint });
  const dispatcher = createDispatcher(settings);
  const headers = {
    'user-agent': 'crewspan',
    ...own,
    'content-type': json ? 'application/json' : 'application/x-protobuf',
    ...(zipped ? { 'content-encoding': 'gzip' } : {}),
  };

  async function post(body: Uint8Array, signal: AbortSignal): Promise<ExportOutcome> {
    const answer = await dispatcher.request({
      origin: endpoint.origin,
      path: `${endpoint.pathname}${endpoint.search}`,
      method: 'POST',
      headers,
      body,
      signal,
    });
    onAnswer?.({ date: first(answer.headers['date']), location: first(answer.headers['location']) });
    // The status has said what became of the spans, also where its words are cut off or cannot be inflated.
    const text = await readBody(answer).catch(() => Buffer.alloc(0));
    const retryAfter = first(answer.headers['retry-after']);
    return outcomeOfHttp({ status: answer.statusCode, retryAfter, body: text }, endpoint, quote, Date.now());
  }

  return {
    async send(request, signal) {
      let body: Uint8Array;
      try {
        body = json ? Buffer.from(otlpJson(request)) : request;
      } catch {
        // RangeError: nested too deeply, or longer than a string may be.
        const message = 'cannot be written as OTLP/JSON; OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf can carry it';
        return { kind: 'payload', cause: 'NO_JSON', message, certain: true };
      }
      const deadline = createDeadline(timeoutMs, signal);
      try {
        return await post(zipped ? await compress(body) : body, deadline.signal);
      } catch (error) {
        if (deadline.expired) return timedOut(settings);
        return unreachable(error, endpoint, quote);
      } finally {
        deadline.clear();
      }
    },
    close: () => dispatcher.destroy(),
  };
}

function createDispatcher(settings: DeliverySettings): Dispatcher {
  const { tls, concurrency } = settings;
  const options: Agent.Options = {
    connections: concurrency,
    // Both are bounded by the timeout of the whole attempt.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: tls,
  };
  const proxy = proxyFor(settings, process.env);
  if (proxy === undefined) return new Agent(options);
  try {
    return new ProxyAgent({
      ...options,
      uri: proxy.value,
      requestTls: tls,
      // To an http endpoint a proxy forwards, as proxies allow CONNECT to port 443 only; to https it is a tunnel anyway.
      proxyTunnel: false,
      proxyTls: tls.ca === undefined ? {} : { ca: tls.ca },
    });
  } catch {
    // What undici says of a proxy quotes it, with its password.
    const what = `the proxy (${proxy.variable}) must be a URL of a kind that can be used`;
    throw new CrewspanError('CREWSPAN_CONFIG', `${what}, such as http://host:port.`);
  }
}

/** The body, inflated; nothing when it is longer than is worth reading. */
async function readBody({ body, headers }: Dispatcher.ResponseData): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    // Leaving the loop destroys the stream, and with it the connection.
    if (size > MAX_ANSWER) return Buffer.alloc(0);
    chunks.push(chunk);
  }
  const encoded = Buffer.concat(chunks);
  const inflated = INFLATE.get(first(headers['content-encoding'])?.trim().toLowerCase() ?? '');
  return inflated === undefined ? encoded : inflated(encoded, { maxOutputLength: MAX_ANSWER });
}

function timedOut({ endpoint, timeoutMs }: DeliverySettings): BackendFault {
  const message = `${shownEndpoint(endpoint)} gave no answer within ${timeoutMs} ms (OTEL_EXPORTER_OTLP_TIMEOUT)`;
  return { kind: 'backend', cause: 'TIMEOUT', message };
}

function unreachable(error: unknown, endpoint: URL, quote: Quote): BackendFault {
  const cause = codeWithin(error) ?? 'NETWORK';
  const words = error instanceof Error && error.message !== '' ? error.message : cause;
  return { kind: 'backend', cause, message: withQuote(`${shownEndpoint(endpoint)} cannot be reached`, quote(words)) };
}

/** What the socket says, undici puts beneath an error of its own. */
function codeWithin(error: unknown): string | undefined {
  return codeOf(error) ?? (error instanceof Error ? codeWithin(error.cause) : undefined);
}

function first(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
