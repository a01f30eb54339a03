/** One event of a webhook body, its envelope checked, its `data` untouched. */
export interface IncomingEvent {
  /** The envelope's `id`: any non-empty string. */
  readonly id: string;
  readonly executionId: string;
  readonly type: string;
  /** The envelope's `timestamp` in microseconds since the Unix epoch, UTC; a naive one is read as UTC. */
  readonly time: number;
  /** Whatever the sender put there: an object as a rule, but null, a string or an array are let through. */
  readonly data: unknown;
}
