/** Names that are almost one of those known, and are none. They are no faults, but hardly meant: for the log. */
import { CATALOGUE } from '../crewai/catalogue.ts';
import { didYouMean, nearest } from './nearest.ts';

/** Between the names of the specification for traces, metrics and logs there are more. */
const LETTERS = 2;

/** Variables of OpenTelemetry. A wrong one is no fault, as ours are: most of the specification's are not for crewspan. */
export function misspeltVariables(env: NodeJS.ProcessEnv, names: readonly string[]): string[] {
  const strange = Object.keys(env).filter(name => name.startsWith('OTEL_') && !names.includes(name));
  return strange.flatMap(name => suggestion(`${name} is not a crewspan setting`, nearest(name, names, LETTERS)));
}

/** Event types that are not CrewAI's. Those that are not near to one are the user's own. */
export function misspeltTypes(subscribed: ReadonlySet<string> | undefined): string[] {
  const known = [...CATALOGUE.keys()];
  const strange = [...(subscribed ?? [])].filter(type => !CATALOGUE.has(type));
  return strange.flatMap(type => suggestion(`CREWSPAN_EVENTS: CrewAI has no event ${type}`, nearest(type, known)));
}

function suggestion(what: string, meant: string | undefined): string[] {
  return meant === undefined ? [] : [didYouMean(what, meant)];
}
