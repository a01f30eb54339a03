/** Names that almost match a known one. They are not faults, but probably mistakes; for the log. */
import { CATALOGUE } from '../crewai/catalogue.ts';
import { didYouMean, nearest } from './nearest.ts';

/** The specification's names for traces, metrics and logs differ from each other by more. */
const LETTERS = 2;

/** Variables of OpenTelemetry. Unlike ours, an unknown one is not a fault: most in the specification are not for crewspan. */
export function misspeltVariables(env: NodeJS.ProcessEnv, names: readonly string[]): string[] {
  const strange = Object.keys(env).filter(name => name.startsWith('OTEL_') && !names.includes(name));
  return strange.flatMap(name => suggestion(`${name} is not a crewspan setting`, nearest(name, names, LETTERS)));
}

/** Event types that are not CrewAI's but resemble one. Others are the user's own. */
export function misspeltTypes(subscribed: ReadonlySet<string> | undefined): string[] {
  const known = [...CATALOGUE.keys()];
  const strange = [...(subscribed ?? [])].filter(type => !CATALOGUE.has(type));
  return strange.flatMap(type => suggestion(`CREWSPAN_EVENTS: CrewAI has no event ${type}`, nearest(type, known)));
}

function suggestion(what: string, meant: string | undefined): string[] {
  return meant === undefined ? [] : [didYouMean(what, meant)];
}
