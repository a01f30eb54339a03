/** The catalogue of crewspan's errors. Each message says what is wrong and what to do about it. */

export type ErrorCode =
  /** The command line is wrong. */
  | 'CREWSPAN_USAGE'
  /** Node is too old to read the program. */
  | 'CREWSPAN_NODE'
  /** Settings are wrong or missing; all are reported at once. */
  | 'CREWSPAN_CONFIG'
  /** A listener cannot be opened at its address. */
  | 'CREWSPAN_LISTEN'
  /** Nothing more can be stored now. */
  | 'CREWSPAN_JOURNAL_FULL'
  /** The journal was used after it was closed. */
  | 'CREWSPAN_JOURNAL_CLOSED'
  /** The store was written by another version, or by another program. */
  | 'CREWSPAN_STORE_FORMAT'
  /** The store is damaged. */
  | 'CREWSPAN_STORE_DAMAGED'
  /** Another process uses the store. */
  | 'CREWSPAN_STORE_LOCKED'
  /** No store can be kept in that directory. */
  | 'CREWSPAN_STORE_UNWRITABLE'
  /** There is no store in that directory. */
  | 'CREWSPAN_STORE_MISSING'
  /** An execution to be removed is open in a running process. */
  | 'CREWSPAN_EXECUTION_OPEN'
  /** The process that holds the store does not answer commands. */
  | 'CREWSPAN_CONTROL'
  /** A file of recorded events cannot be read. */
  | 'CREWSPAN_INPUT'
  /** A webhook did not accept what was sent to it. */
  | 'CREWSPAN_SEND';

/** An expected error. `message` may be shown to an operator: it holds no secret and no content of a run. */
export class CrewspanError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'CrewspanError';
    this.code = code;
  }
}
