import type { FastifyReply } from 'fastify';

declare module 'fastify' {
  interface FastifyReply {
    /** What {@link sendAnswer} sent, for those who watch. */
    answer: Answer | null;
  }
}

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

export function sendAnswer(reply: FastifyReply, answer: Answer): FastifyReply {
  reply.answer = answer;
  if (answer.headers !== undefined) reply.headers({ ...answer.headers });
  return reply.code(answer.status).send(answer.body);
}
