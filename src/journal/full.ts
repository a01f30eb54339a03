/** What a store says when it may keep no more. */
import { CrewspanError } from '../errors.ts';

/** There is room on the disk, but not by the settings. */
export class OverLimitError extends CrewspanError {
  /** `quota`: of the store. `share`: what one source may have of it. */
  readonly of: 'quota' | 'share';
  /** In bytes. */
  readonly limit: number;
  /** What was to be added, in bytes. */
  readonly more: number;

  constructor(message: string, over: Pick<OverLimitError, 'of' | 'limit' | 'more'>) {
    super('CREWSPAN_JOURNAL_FULL', message);
    this.of = over.of;
    this.limit = over.limit;
    this.more = over.more;
  }
}

export function overQuota(used: number, maxBytes: number, more: number): CrewspanError {
  return new OverLimitError(
    `The journal uses ${used} bytes and may use ${maxBytes}: ${more} more do not fit. It empties as the backend takes spans; see why it does not, or raise CREWSPAN_MAX_DISK.`,
    { of: 'quota', limit: maxBytes, more },
  );
}

export function overShare(source: string, used: number, share: number, more: number): CrewspanError {
  return new OverLimitError(
    `The source ${source} uses ${used} bytes of the journal, and its share is ${share}: ${more} more do not fit. It empties as the backend takes spans; see why it does not, or raise CREWSPAN_MAX_DISK, which all sources share evenly.`,
    { of: 'share', limit: share, more },
  );
}
