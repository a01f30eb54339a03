/** What a check comes to. */

/** What was looked at; the first column of the report. */
export type CheckName =
  | 'node'
  | 'settings'
  | 'tokens'
  | 'ports'
  | 'data'
  | 'store'
  | 'disk'
  | 'flush'
  | 'tls'
  | 'backend'
  | 'clock';

/** For programs: numbers in the units that their names say. Holds no secret. */
export type Facts = Readonly<Record<string, string | number | boolean>>;

interface Told {
  readonly check: CheckName;
  /** Stable, for programs: `backend.path`. What the codes are is written in docs/doctor.md. */
  readonly code: string;
  /** One sentence without a full stop: what was found. */
  readonly summary: string;
  readonly facts?: Facts;
}

/** As it should be. `details` are lines for people, shown beneath. */
export interface Fine extends Told {
  readonly status: 'ok';
  readonly details?: readonly string[];
}

/** `warning`: works, but is hardly meant so, or will not last. `fault`: does not work. */
export interface Trouble extends Told {
  readonly status: 'warning' | 'fault';
  /** What to do, in sentences. */
  readonly advice: string;
}

export type Finding = Fine | Trouble;

/** A fault of the configuration: the one kind for which the exit code is 2. */
export const INVALID_SETTING = 'settings.invalid';
