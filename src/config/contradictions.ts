import { sourcesOf } from '../webhook/source.ts';
import type { Values } from './schema.ts';

/** Settings that are valid by themselves but contradict each other; for the log. */
export function contradictionsIn(values: Values): string[] {
  const { CREWSPAN_SETTLE: settle, CREWSPAN_IDLE: idle, CREWSPAN_ABANDON: abandon } = values;
  const warnings: string[] = [];
  if (idle < settle) {
    warnings.push(
      'CREWSPAN_IDLE is less than CREWSPAN_SETTLE: an operation whose start or parent is missing would be finished sooner ' +
        'than one that is whole',
    );
  }
  if (abandon < idle) {
    warnings.push(
      'CREWSPAN_ABANDON is less than CREWSPAN_IDLE: crewspan would wait less for a missing end while its run goes on ' +
        'than afterwards',
    );
  }
  const share = values.CREWSPAN_MAX_DISK / sourcesOf(values.CREWSPAN_TOKENS).length;
  if (values.CREWSPAN_MAX_BODY > share) {
    warnings.push(
      'CREWSPAN_MAX_BODY is more than a source may take up of CREWSPAN_MAX_DISK: a larger body would be answered 503 each time',
    );
  }
  return warnings;
}
