import { nearest } from './nearest.ts';

/** Between the names of the specification for traces, metrics and logs there are more. */
const LETTERS = 2;

/**
 * Variables that are almost one of `names` and are none. Those of OpenTelemetry are no fault, as ours are: most of the
 * specification's are not for crewspan. For the log.
 */
export function misspeltVariables(env: NodeJS.ProcessEnv, names: readonly string[]): string[] {
  const strange = Object.keys(env).filter(name => name.startsWith('OTEL_') && !names.includes(name));
  return strange.flatMap(name => {
    const meant = nearest(name, names, LETTERS);
    return meant === undefined ? [] : [`${name} is no setting of crewspan: did you mean ${meant}?`];
  });
}
