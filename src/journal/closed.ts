import { CrewspanError } from '../errors.ts';

export function journalClosed(): CrewspanError {
  return new CrewspanError('CREWSPAN_JOURNAL_CLOSED', 'The journal is closed: crewspan is shutting down.');
}

/** Whoever works on the journal by itself ends with it, and says nothing of that. */
export function isClosed(error: unknown): boolean {
  return error instanceof CrewspanError && error.code === 'CREWSPAN_JOURNAL_CLOSED';
}
