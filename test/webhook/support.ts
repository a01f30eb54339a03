import { connect } from 'node:net';
import { Writable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { createLog, type Log, type LogLevel } from '../../src/log.ts';
import { type ByteBudget, createByteBudget } from '../../src/webhook/byte-budget.ts';
import { TIMEOUTS, type Timeouts } from '../../src/webhook/http-server.ts';
import { listen } from '../../src/webhook/listen.ts';
import type { Batch, Readiness, Receipt, Receiver } from '../../src/webhook/receiver.ts';
import { type AnsweredRequest, createWebhookServer, type WebhookServerOptions } from '../../src/webhook/server.ts';

export const GOOD = {
  id: '3f0c8f5e-52ad-4b2c-9d8e-7d1c7a5a1f00',
  execution_id: 'f16641c3-a757-4671-afbb-e8a5b18bd5d2',
  timestamp: '2026-11-23T15:22:24.672920Z',
  type: 'crew_kickoff_started',
  data: { crew_name: 'crew' },
};

export const MAX_BODY = 64 * 1024;

/** A server that does not answer fails a test by what it did answer, before the test times out. */
const ANSWER_WITHIN_MS = 15_000;

export interface TestReceiver extends Receiver {
  readonly batches: Batch[];
  /** What to answer; every batch is durable unless a test says otherwise. */
  respond: (batch: Batch) => Promise<Receipt> | Receipt;
  state: Readiness;
}

export function createTestReceiver(): TestReceiver {
  return {
    batches: [],
    respond: ({ events }) => ({ status: 'durable', accepted: events.length, duplicates: 0 }),
    state: { ready: true, reasons: [] },
    async accept(batch) {
      this.batches.push(batch);
      return this.respond(batch);
    },
    readiness() {
      return this.state;
    },
  };
}

export interface RecordedLog {
  readonly log: Log;
  readonly lines: string[];
}

export function recordLog(level: LogLevel = 'trace'): RecordedLog {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return { log: createLog({ level, destination }), lines };
}

export interface TestServer {
  readonly app: FastifyInstance;
  readonly url: string;
  readonly port: number;
  readonly receiver: TestReceiver;
  readonly budget: ByteBudget;
  readonly logLines: string[];
  readonly observed: AnsweredRequest[];
}

type Overrides = Partial<WebhookServerOptions['settings']> & {
  readonly timeouts?: Partial<Timeouts>;
  readonly renewEveryMs?: number;
  readonly host?: string;
};

export async function startServer({
  timeouts,
  renewEveryMs = 60_000,
  host = '127.0.0.1',
  ...settings
}: Overrides = {}): Promise<TestServer> {
  const receiver = createTestReceiver();
  const { log, lines } = recordLog();
  const maxInFlightBytes = settings.maxInFlightBytes ?? 4 * MAX_BODY;
  const budget = createByteBudget(maxInFlightBytes);
  const observed: AnsweredRequest[] = [];
  const app = createWebhookServer({
    settings: {
      tokens: new Map(),
      maxBodyBytes: MAX_BODY,
      maxInFlightBytes,
      maxConnections: 1000,
      tls: undefined,
      ...settings,
    },
    receiver,
    log,
    observe: request => void observed.push(request),
    timeouts: { ...TIMEOUTS, ...timeouts },
    budget,
    renewEveryMs,
  });
  const { url, port } = await listen(app, {
    host,
    port: 0,
    settings: { host: 'HOST', port: 'PORT' },
    log,
  });
  return { app, url, port, receiver, budget, logLines: lines, observed };
}

export interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
}

export interface Sending {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends a body as it is; anything but text and bytes is made JSON. */
export async function post(server: TestServer, body: unknown, sending: Sending = {}): Promise<Answered> {
  const raw = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await fetch(server.url + (sending.path ?? '/webhook'), {
    method: sending.method ?? 'POST',
    headers: { 'content-type': 'application/json', ...sending.headers },
    body: raw,
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  return { status: response.status, headers: response.headers, body: await readJson(response) };
}

export async function get(server: { readonly url: string }, path: string, method = 'GET'): Promise<Answered> {
  const response = await fetch(server.url + path, { method, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  return { status: response.status, headers: response.headers, body: await readJson(response) };
}

/** A client that writes what it is told, honest HTTP or not, and collects what comes back until the connection ends. */
export function speakRaw(port: number, chunks: readonly (string | Uint8Array)[], end = false): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`the connection stayed open after ${JSON.stringify(answer)}`));
    }, ANSWER_WITHIN_MS);
    socket.on('data', data => {
      answer += data;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(answer);
    });
    for (const chunk of chunks) socket.write(chunk);
    if (end) socket.end();
  });
}

async function readJson(response: Response): Promise<Readonly<Record<string, unknown>>> {
  const text = await response.text();
  return text === '' ? {} : JSON.parse(text);
}
