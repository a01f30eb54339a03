/** Durations in milliseconds by the clock of arrival. */
export interface AssemblySettings {
  readonly settleMs: number;
  readonly idleMs: number;
  readonly abandonMs: number;
  /**
   * How much of the heap the events in hand may take up, in bytes, about. Over that, executions leave it that something
   * has come for only lately.
   */
  readonly heapBytes: number;
  /** `CREWSPAN_EVENTS`: the types subscribed to; `undefined`: all. What is not listed is not waited for. */
  readonly subscribed: ReadonlySet<string> | undefined;
}
