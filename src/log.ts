/** crewspan's own log: JSON lines on standard error, so that standard output is left to what a command prints. */
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';

export type Log = Logger;

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Names under which secrets go about: bearer tokens, the headers of OTLP exports, private keys. */
const SECRET_NAMES = ['authorization', 'Authorization', 'headers', 'tokens', 'token', 'tls'];
/** A path of pino's redaction names one depth; things are not logged nested deeper than this. */
const DEPTHS = ['', '*.', '*.*.'];

export function createLog(options: {
  readonly level: LogLevel;
  /** Standard error unless given. */
  readonly destination?: DestinationStream;
}): Log {
  return pino(
    {
      level: options.level,
      base: { name: 'crewspan' },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      redact: { paths: DEPTHS.flatMap(depth => SECRET_NAMES.map(name => depth + name)), censor: '[redacted]' },
    },
    options.destination ?? standardError(),
  );
}

/** Of lines that could not be written, in bytes. Later ones are dropped. */
const MOST_WAITING_BYTES = 1024 * 1024;

/**
 * It may be a file on the very disk that is full: then lines wait for the next one that can be written. Without a listener
 * the error would end the process.
 */
function standardError(): DestinationStream {
  return destination({ fd: 2, sync: true, maxLength: MOST_WAITING_BYTES }).on('error', () => {});
}

/** Of a log, what takes fields and a message. */
export interface PlainLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Level `warn` unless given. */
export type RateLimitedLog = (
  key: string,
  fields: Readonly<Record<string, unknown>>,
  message: string,
  level?: keyof PlainLog,
) => void;

/** Of keys remembered: keys come from a small set, but should one come from a sender, memory stays bounded. */
const MAX_KEYS = 1000;

/**
 * Writes the first of a kind at once, then at most one every `everyMs`, telling how many it kept to itself
 * (`suppressed`). By a clock that nobody sets.
 */
export function rateLimited(log: PlainLog, everyMs: number, now = () => performance.now()): RateLimitedLog {
  const kinds = new Map<string, { readonly since: number; suppressed: number }>();
  return (key, fields, message, level = 'warn') => {
    const at = now();
    const last = kinds.get(key);
    if (last !== undefined && at - last.since < everyMs) {
      last.suppressed += 1;
      return;
    }
    if (last === undefined && kinds.size >= MAX_KEYS) kinds.clear();
    kinds.set(key, { since: at, suppressed: 0 });
    log[level](
      { ...fields, ...(last !== undefined && last.suppressed > 0 ? { suppressed: last.suppressed } : {}) },
      message,
    );
  };
}
