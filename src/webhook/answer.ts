import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { breakageOf } from './broken-requests.ts';
import { keepsBodyBack } from './expectation.ts';
import { linger, lingerForRest } from './linger.ts';

/** An answer as a value: what decides on it knows nothing of replies. */
export interface Answer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the events of the body, those that were none, and what was wrong with the first. */
  readonly rejections?: { readonly count: number; readonly first: string };
}

/** Headers of an answer after which the connection closes: where its request never ends, say. */
export const CLOSING = { connection: 'close' };

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
    ...(keepsBodyBack(request) ? CLOSING : undefined),
  });
  if (request.complete) response.end(text);
  else writeAhead(request, response, text);
}

/**
 * To a request that has not come whole, and may never. Node closes a connection that is not to be kept at the end of the
 * response, which resets it while more comes: so that is the end of the request.
 */
function writeAhead(request: IncomingMessage, response: ServerResponse, text: string): void {
  // To HEAD, `write` would send nothing.
  response.flushHeaders();
  response.write(text);
  request.once('end', () => response.end()).resume();
  if (breakageOf(request) === undefined) lingerForRest(request);
  else linger(request.socket);
}

/**
 * The same for an answer that fastify writes, of a request whose connection is to be kept: sees to it that the connection
 * ends soon after it. Answers the headers that say so.
 */
export function beforeTheEnd(
  request: IncomingMessage,
  response: ServerResponse,
): Readonly<Record<string, string>> | undefined {
  if (request.complete) return undefined;
  response.once('finish', () => {
    if (!request.complete) lingerForRest(request);
  });
  return keepsBodyBack(request) ? CLOSING : undefined;
}
