/** One webhook request, from its headers to the answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, comeAgain, refusal } from './answer.ts';
import { readBodyHead, tooLarge } from './body-head.ts';
import type { ByteBudget } from './byte-budget.ts';
import { type BodyReading, readBody } from './envelope.ts';
import { askForBody } from './expectation.ts';
import { type BytesReading, readBytes } from './read-bytes.ts';
import type { Receipt, Receiver } from './receiver.ts';

export interface IntakeOptions {
  readonly receiver: Receiver;
  /** Of one body, inflated, in bytes. */
  readonly maxBodyBytes: number;
  readonly budget: ByteBudget;
  /** Without a byte of a body, in milliseconds. */
  readonly bodyIdleMs: number;
}

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly source: string;
}

export type Intake = (exchange: Exchange) => Promise<Answer>;

const RETRY_AFTER_BUSY_SECONDS = 5;
/** Where a body that never ends leaves its connection. */
const CLOSING = { connection: 'close' };

/** Rejects only for what nobody foresaw. */
export function createIntake({ receiver, maxBodyBytes, budget, bodyIdleMs }: IntakeOptions): Intake {
  return async ({ request, response, source }) => {
    const head = readBodyHead(request.headers, maxBodyBytes);
    if (!head.ok) return head.answer;
    const lease = await budget.acquire(head.atMost);
    if (lease === undefined) return comeAgain('too many bodies at once', RETRY_AFTER_BUSY_SECONDS);
    try {
      askForBody(request, response);
      const body = await readBytes(request, { gzip: head.gzip, limit: maxBodyBytes, idleMs: bodyIdleMs });
      if (!body.ok) return faultAnswer(body.fault, maxBodyBytes);
      lease.shrink(body.bytes.length);
      return await hand(receiver, source, body.bytes);
    } finally {
      lease.release();
    }
  };
}

function hand(receiver: Receiver, source: string, bytes: Uint8Array): Answer | Promise<Answer> {
  const reading = readBody(bytes);
  if (!reading.ok) return refusal(400, reading.error);
  const { events, rejected, rejectedCount } = reading;
  const rejections = { rejected, rejectedCount };
  if (events.length === 0) {
    if (rejectedCount === 0) return accepted(0, 0, rejections);
    return withRejections(400, { error: 'no event of the body is valid' }, rejections);
  }
  // Holds on to none of the events while it waits.
  return receiver.accept({ source, bytes, events }).then(receipt => answerTo(receipt, rejections));
}

type Rejections = Pick<Extract<BodyReading, { ok: true }>, 'rejected' | 'rejectedCount'>;

function answerTo(receipt: Receipt, rejections: Rejections): Answer {
  return receipt.status === 'durable'
    ? accepted(receipt.accepted, receipt.duplicates, rejections)
    : comeAgain(receipt.reason, receipt.retryAfterSeconds);
}

function accepted(accepted: number, duplicates: number, rejections: Rejections): Answer {
  if (rejections.rejectedCount === 0) return { status: 200, body: { accepted, duplicates, rejected: [] } };
  return withRejections(200, { accepted, duplicates }, rejections);
}

function withRejections(status: number, body: object, { rejected, rejectedCount: count }: Rejections): Answer {
  // The count only where the list is cut: it is the list's length otherwise.
  const cut = count > rejected.length ? { rejectedCount: count } : {};
  const rejections = { count, first: rejected[0]?.error ?? '' };
  return { status, body: { ...body, rejected, ...cut }, rejections };
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
