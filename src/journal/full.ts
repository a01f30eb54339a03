/** What a store says when it may keep no more. */
import { CrewspanError } from '../errors.ts';

export function overQuota(used: number, maxBytes: number, more: number): CrewspanError {
  return new CrewspanError(
    'CREWSPAN_JOURNAL_FULL',
    `The journal uses ${used} bytes and may use ${maxBytes}: ${more} more do not fit. It empties as the backend takes spans; see why it does not, or raise CREWSPAN_MAX_DISK.`,
  );
}

export function overShare(source: string, used: number, share: number, more: number): CrewspanError {
  return new CrewspanError(
    'CREWSPAN_JOURNAL_FULL',
    `The source ${source} uses ${used} bytes of the journal, and its share is ${share}: ${more} more do not fit. It empties as the backend takes spans; see why it does not, or raise CREWSPAN_MAX_DISK, which all sources share evenly.`,
  );
}
