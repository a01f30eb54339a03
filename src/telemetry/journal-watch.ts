/** Watches a journal from outside: how long its writes take, and whether it takes any. */
import { CrewspanError } from '../errors.ts';
import { OverLimitError } from '../journal/full.ts';
import type { Journal } from '../journal/journal.ts';

export interface JournalWatch {
  /** The same journal, watched. */
  readonly journal: Journal;
  /** Why it takes no events now; `undefined` where it does, as far as is known. For operators, without secrets. */
  fullness(): string | undefined;
}

export interface JournalWatchOptions {
  /** How many share the quota. One that has its share is no reason to turn away the others. */
  readonly sources: number;
  /** Called when a write is on disk, with the time it took, in seconds. */
  readonly flushed: (seconds: number) => void;
  /** For tests. Milliseconds. */
  readonly now?: () => number;
}

/**
 * How long a disk that was full is taken to be so, in milliseconds. Only the next body shows whether it still is, and a
 * load balancer sends none to what is not ready: so it has to become ready again by itself.
 */
export const FULL_DISK_MS = 15_000;

interface Refusal {
  readonly at: number;
  readonly error: CrewspanError;
}

export function watchJournal(journal: Journal, options: JournalWatchOptions): JournalWatch {
  const { sources, flushed, now = () => performance.now() } = options;
  /** Of the last body that could not be kept, until one is kept. */
  let refusal: Refusal | undefined;
  /** The same for those whose source had its share. */
  const overShare = new Map<string, OverLimitError>();

  function refused(source: string, error: unknown): void {
    if (!(error instanceof CrewspanError) || error.code !== 'CREWSPAN_JOURNAL_FULL') return;
    if (error instanceof OverLimitError && error.of === 'share') overShare.set(source, error);
    else refusal = { at: now(), error };
  }

  function holds({ at, error }: Refusal): boolean {
    if (error instanceof OverLimitError) return journal.stats().usedBytes + error.more > error.limit;
    return now() - at < FULL_DISK_MS;
  }

  function sharesTaken(): OverLimitError[] {
    if (overShare.size < sources) return [];
    const used = journal.stats().sources;
    return [...overShare].flatMap(([source, error]) =>
      (used.get(source) ?? 0) + error.more > error.limit ? [error] : [],
    );
  }

  return {
    journal: {
      ...journal,
      async append(body) {
        const start = now();
        try {
          const position = await journal.append(body);
          flushed((now() - start) / 1000);
          refusal = undefined;
          overShare.delete(body.source);
          return position;
        } catch (error) {
          refused(body.source, error);
          throw error;
        }
      },
      async settle(settlement) {
        const start = now();
        await journal.settle(settlement);
        flushed((now() - start) / 1000);
      },
    },
    fullness() {
      if (refusal !== undefined && holds(refusal)) return refusal.error.message;
      const { usedBytes, limitBytes } = journal.stats();
      if (limitBytes !== undefined && usedBytes >= limitBytes) return AT_THE_LIMIT;
      const taken = sharesTaken();
      return taken.length >= sources ? taken[0]?.message : undefined;
    },
  };
}

const AT_THE_LIMIT = 'The journal uses as much as CREWSPAN_MAX_DISK allows.';
