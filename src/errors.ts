/** The catalogue of crewspan's errors. Each message says what is wrong and what to do about it. */

export const ERROR_CODES = [
  'CREWSPAN_USAGE',
  'CREWSPAN_CONFIG',
  'CREWSPAN_LISTEN',
  'CREWSPAN_JOURNAL_FULL',
  'CREWSPAN_JOURNAL_CLOSED',
  'CREWSPAN_STORE_FORMAT',
  'CREWSPAN_STORE_DAMAGED',
  'CREWSPAN_STORE_LOCKED',
  'CREWSPAN_STORE_UNWRITABLE',
  'CREWSPAN_INPUT',
  'CREWSPAN_SEND',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** An error that crewspan foresaw. `message` may be shown to an operator: it holds no secret and no content of a run. */
export class CrewspanError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'CrewspanError';
    this.code = code;
  }
}
