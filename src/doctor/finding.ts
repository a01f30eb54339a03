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

type Code = `${CheckName}.${string}`;

export function fine(code: Code, summary: string, facts?: Facts): Fine {
  return { check: checkOf(code), code, status: 'ok', summary, ...(facts && { facts }) };
}

export function warning(code: Code, summary: string, advice: string, facts?: Facts): Trouble {
  return { check: checkOf(code), code, status: 'warning', summary, advice, ...(facts && { facts }) };
}

export function fault(code: Code, summary: string, advice: string, facts?: Facts): Trouble {
  return { check: checkOf(code), code, status: 'fault', summary, advice, ...(facts && { facts }) };
}

function checkOf(code: Code): CheckName {
  return code.slice(0, code.indexOf('.')) as CheckName;
}

/** A fault of the configuration: the one kind for which the exit code is 2. */
export const INVALID_SETTING = 'settings.invalid';
