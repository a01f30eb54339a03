/**
 * Span and trace ids as a pure function of what was received, so that a redelivery, a restart or a second instance
 * yields the same span, and a child finds a parent that has not arrived. The formula is public: changing it is a
 * breaking change.
 *
 * W3C Trace Context, section 3.2.2, forbids ids that are all zero; one bit is set in the place of such a one.
 */
import { hash } from 'node:crypto';

/** A UUID of version 4 or 7 in its canonical form (RFC 9562). Others have too few random bits to be trace ids. */
const RANDOM_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

const TRACE_DIGITS = 32;
const SPAN_DIGITS = 16;

/** Of each, how many are kept: all spans of a run name it, and all children name their parent. */
const REMEMBERED = 2_048;

/**
 * The 32 hex digits of an execution id that is a UUID of version 4 or 7, so that a run is found by its execution id;
 * else the first 16 bytes of its SHA-256.
 */
export const traceIdOf = remembering(executionId => {
  if (RANDOM_UUID.test(executionId)) return executionId.replaceAll('-', '').toLowerCase();
  return digest(executionId, TRACE_DIGITS);
});

/** The first 8 bytes of the SHA-256 of an operation's id: the id of its start event, or of its end where none is known. */
export const spanIdOf = remembering(operationId => digest(operationId, SPAN_DIGITS));

function remembering(derive: (id: string) => string): (id: string) => string {
  const known = new Map<string, string>();
  return id => {
    const found = known.get(id);
    if (found !== undefined) return found;
    if (known.size >= REMEMBERED) known.clear();
    const derived = derive(id);
    known.set(id, derived);
    return derived;
  };
}

function digest(text: string, digits: number): string {
  const id = hash('sha256', text, 'hex').slice(0, digits);
  return /[^0]/.test(id) ? id : id.slice(1).concat('1');
}
