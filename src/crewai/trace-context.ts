/** A caller's trace, as the inputs of a kickoff carry it: W3C Trace Context, §3.2 and §3.3. */
import { asText, field } from './readers.ts';

export interface CallerContext {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all zero. */
  readonly spanId: string;
  readonly sampled: boolean;
  /** The `tracestate` beside it, unread. */
  readonly state: string | undefined;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const SAMPLED = 1;
/** §3.3.1.5: what propagators should carry at least, in characters. */
const MAX_STATE = 512;

/** `'invalid'` for one that is there and says nothing: it is ignored and counted. */
export function readCaller(inputs: unknown, key: string): CallerContext | 'invalid' | undefined {
  const text = field(inputs, key);
  if (text === undefined || text === null) return undefined;
  const [, version, traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(asText(text)?.trim() ?? '') ?? [];
  // Version 00 ends with the flags; a later one may go on; ff is none.
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return 'invalid';
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return 'invalid';
  const state = asText(field(inputs, 'tracestate'));
  return {
    traceId,
    spanId,
    sampled: (Number.parseInt(flags, 16) & SAMPLED) !== 0,
    state: state !== undefined && state.length <= MAX_STATE ? state : undefined,
  };
}
