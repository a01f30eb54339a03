/** Says in words why an operation stands where it stands, for `crewspan render --explain`. */
import type { SettledOperation } from '../assembly/settled.ts';

export function explain(operation: SettledOperation<unknown>): string {
  const { parent, end } = operation.why;
  return `${placeOf(operation, parent.join(', '))}; ${endOf(operation, end.join(', '))}`;
}

function placeOf({ parentCertainty }: SettledOperation<unknown>, reasons: string): string {
  switch (parentCertainty) {
    case 'root':
      return 'root: it names no known parent, and nothing was open around it';
    case 'exact':
      return 'parent: named by parent_event_id';
    case 'inferred':
      return `parent inferred: ${reasons === '' ? 'an operation in between was' : reasons}`;
  }
}

function endOf({ end, start, pairing, incomplete }: SettledOperation<unknown>, reasons: string): string {
  if (incomplete === 'no_end') return 'no end came';
  if (incomplete === 'no_start') return 'no start came';
  if (pairing === 'inferred') return `end inferred: ${reasons === '' ? 'the last that was open' : reasons}`;
  return end === undefined || start === undefined ? '' : 'end: named by started_event_id or call_id';
}
