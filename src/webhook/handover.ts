/** A body that has come whole: read, handed to the receiver, answered. */
import { type Answer, comeAgain, refusal } from './answer.ts';
import type { ByteBudget, Lease } from './byte-budget.ts';
import { type BodyReading, readBody } from './envelope.ts';
import type { Receipt, Receiver } from './receiver.ts';

export interface HandoverOptions {
  readonly receiver: Receiver;
  /** For what bodies become once they are read, until it is durable. */
  readonly budget: ByteBudget;
}

export interface ReceivedBody {
  readonly source: string;
  /** Inflated. */
  readonly bytes: Uint8Array;
}

export type Handover = (body: ReceivedBody) => Promise<Answer>;

/**
 * What a byte of a body may become while it is read, in bytes: its text, the JSON in it, its events, what is made of
 * them. Measured where that is most, in a body of 100,000 events without data.
 */
const READ_FROM_BYTE = 10;
/**
 * What is kept of an event until it is durable, in bytes, but for long texts. Most events come in some thousands of
 * bytes: they take up far less than the body they came in, and do not wait for each other.
 */
const EVENT_BYTES = 1_000;

/** A body waits for its turn as the bytes that it came in, and is read when there is room for what it may become. */
export function createHandover({ receiver, budget }: HandoverOptions): Handover {
  return async body => {
    const lease = await budget.acquire(body.bytes.length * READ_FROM_BYTE);
    try {
      return await hand(receiver, body, lease);
    } finally {
      lease.release();
    }
  };
}

function hand(receiver: Receiver, { source, bytes }: ReceivedBody, lease: Lease): Answer | Promise<Answer> {
  const reading = readBody(bytes);
  if (!reading.ok) return refusal(400, reading.error);
  const { events, rejected, rejectedCount } = reading;
  const rejections = { rejected, rejectedCount };
  if (events.length === 0) {
    if (rejectedCount === 0) return accepted(0, 0, rejections);
    return withRejections(400, { error: 'no event of the body is valid' }, rejections);
  }
  // Holds on to none of the events while it waits.
  const receipt = receiver.accept({ source, bytes, events });
  lease.shrink(events.length * EVENT_BYTES);
  return receipt.then(known => answerTo(known, rejections));
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
