/** Durations in milliseconds by the clock of arrival. */
export interface AssemblySettings {
  readonly settleMs: number;
  readonly idleMs: number;
  readonly abandonMs: number;
  readonly retentionMs: number;
  /** `CREWSPAN_EVENTS`: the types subscribed to; `undefined`: all. What is not listed is not waited for. */
  readonly subscribed: ReadonlySet<string> | undefined;
}
