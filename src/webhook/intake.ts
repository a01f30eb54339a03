/** One webhook request, from its headers to the answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, CLOSING, comeAgain, refusal } from './answer.ts';
import { readBodyHead, tooLarge } from './body-head.ts';
import type { ByteBudget } from './byte-budget.ts';
import { askForBody } from './expectation.ts';
import type { Handover } from './handover.ts';
import type { Timeouts } from './http-server.ts';
import { type BytesReading, readBytes } from './read-bytes.ts';

export interface IntakeOptions {
  /** Of one body, inflated, in bytes. */
  readonly maxBodyBytes: number;
  /** For the bytes of bodies, from before they come until they are durable. */
  readonly budget: ByteBudget;
  readonly handover: Handover;
  readonly timeouts: Pick<Timeouts, 'room' | 'body'>;
}

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly source: string;
}

export type Intake = (exchange: Exchange) => Promise<Answer>;

const RETRY_AFTER_BUSY_SECONDS = 5;

/** Rejects only for what nobody foresaw. */
export function createIntake({ maxBodyBytes, budget, handover, timeouts }: IntakeOptions): Intake {
  return async ({ request, response, source }) => {
    const head = readBodyHead(request.headers, maxBodyBytes);
    if (!head.ok) return head.answer;
    const lease = await budget.acquireWithin(head.atMost, timeouts.room);
    if (lease === undefined) return comeAgain('too many bodies at once', RETRY_AFTER_BUSY_SECONDS);
    try {
      askForBody(request, response);
      const body = await readBytes(request, { gzip: head.gzip, limit: maxBodyBytes, idleMs: timeouts.body });
      if (!body.ok) return faultAnswer(body.fault, maxBodyBytes);
      const { bytes } = body;
      lease.shrink(bytes.length);
      return await handover({ source, bytes });
    } finally {
      lease.release();
    }
  };
}

function faultAnswer(fault: Extract<BytesReading, { ok: false }>['fault'], limit: number): Answer {
  switch (fault) {
    case 'too_large':
      return tooLarge(limit);
    case 'not_gzip':
      return refusal(400, 'the body is not the gzip it is said to be, or is cut off');
    case 'cut_off':
      return refusal(400, 'the body was cut off', CLOSING);
    case 'malformed':
      return refusal(400, 'the chunks of the body are malformed, or it was cut off', CLOSING);
    case 'too_slow':
      return refusal(408, 'the body did not arrive in time', CLOSING);
  }
}
