import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { linger } from './broken-requests.ts';
import { keepsBodyBack } from './expectation.ts';

/** An answer as a value: what decides on it knows nothing of replies. */
export interface Answer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the events of the body, those that were none, and what was wrong with the first. */
  readonly rejections?: { readonly count: number; readonly first: string };
}

/** The one shape of every refusal: `{"error": "…"}`. */
export function refusal(status: number, error: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, body: { error }, headers };
}

/** 503 with the time after which to come again, in whole seconds (RFC 9110 §10.2.3). */
export function comeAgain(error: string, retryAfterSeconds: number): Answer {
  return refusal(503, error, { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds))) });
}

/** Past fastify, whose way to an answer of any kind costs more than a webhook can afford (ADR 0013). */
export function sendAnswer(reply: FastifyReply, answer: Answer): void {
  reply.hijack();
  writeAnswer(reply.request.raw, reply.raw, answer);
}

export function writeAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  { status, body, headers }: Answer,
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    ...headers,
    ...beforeTheEnd(request, response),
  });
  response.end(text);
}

/**
 * Of a request whose body has not come whole, and may never come: sees to it that its connection ends soon after the
 * answer. Answers the headers that say so.
 */
export function beforeTheEnd(
  request: IncomingMessage,
  response: ServerResponse,
): Readonly<Record<string, string>> | undefined {
  if (request.complete) return undefined;
  response.once('finish', () => {
    if (!request.complete) linger(request.socket, () => request.complete);
  });
  return keepsBodyBack(request) ? { connection: 'close' } : undefined;
}
