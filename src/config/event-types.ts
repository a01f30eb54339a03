import { CATALOGUE } from '../crewai/catalogue.ts';
import { nearest } from './nearest.ts';

/** Types that hardly anybody means: not CrewAI's, and almost the same as one of those. Others are custom. For the log. */
export function misspeltTypes(subscribed: ReadonlySet<string> | undefined): string[] {
  const known = [...CATALOGUE.keys()];
  return [...(subscribed ?? [])].flatMap(type => {
    const meant = CATALOGUE.has(type) ? undefined : nearest(type, known);
    return meant === undefined ? [] : [`CREWSPAN_EVENTS: CrewAI has no event ${type}: did you mean ${meant}?`];
  });
}
