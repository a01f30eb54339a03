/** What may still be written: by the quota, and by what there is of the disk. */
import { type Log, rateLimited } from '../../log.ts';
import { overQuota, overShare } from '../full.ts';
import type { Accounts } from './accounts.ts';
import { footprint } from './charges.ts';
import { createExtent } from './extent.ts';
import { notExtended } from './faults.ts';
import { type Needs, NOTHING, needsOf } from './needs.ts';
import type { Change, Store } from './store.ts';

/**
 * `adding`: takes up space and can be refused. `freeing`: will make room, now or later. A reserve is kept for that: a full
 * disk would take no settlement any more, and nothing else makes room.
 */
export type Purpose = 'adding' | 'freeing';

export interface Room {
  /**
   * Throws `CREWSPAN_JOURNAL_FULL` where a body of that many bytes is over the quota, or over the share of its source;
   * answers how to leave, written or not.
   */
  enter(source: string, bodyBytes: number): () => void;
  /** Before each transaction: rejects with `CREWSPAN_JOURNAL_FULL` where the disk may not have room for it. */
  assure(purpose: Purpose, changes: readonly Change[]): Promise<void>;
  /** What the quota is measured against: what is in use of the file, without what is still to be written. */
  usedBytes(): number;
  /** After each transaction, with why it failed if it did. */
  committed(failure: unknown): void;
}

export interface RoomOptions {
  readonly store: Pick<Store, 'file' | 'usage' | 'endBytes'>;
  readonly accounts: Pick<Accounts, 'of'>;
  readonly maxBytes: number;
  /** Into how many equal shares it is divided, one for each source. 1: a source may take all of it. */
  readonly shares: number;
  readonly log: Log;
}

/** A settlement is as large as what settled within a moment, but of parts that are bounded. */
const RESERVE_BYTES = 8 * 1024 * 1024;
/** Of the quota, at most, what is no source's: roots of the tables, what spans of a resource have in common. */
const COMMON_BYTES = 1024 * 1024;
/** On a full disk, transactions that make room go through and others fail, in turns. */
const CHANGES_LOGGED_EVERY_MS = 30_000;
/** The file is made longer by so much more than a transaction needs: for those that follow, nothing has to be looked up. */
const AHEAD_BYTES = 4 * 1024 * 1024;

export function createRoom({ store, accounts, maxBytes, shares, log }: RoomOptions): Room {
  const extent = createExtent(store.file);
  const reserve = Math.min(RESERVE_BYTES, Math.floor(maxBytes / 16));
  const ahead = Math.min(AHEAD_BYTES, reserve);
  const share = Math.floor((maxBytes - Math.min(COMMON_BYTES, maxBytes / 16)) / shares);
  const underWay = new Map<string, number>();
  const say = rateLimited(log, CHANGES_LOGGED_EVERY_MS);
  /** Of the last look: to ask LMDB costs more than a small transaction. */
  let usage = store.usage();
  /** What has come into use since then, at most. */
  let newBytes = 0;
  /** The end of what was ever in use, at most. */
  let endBytes = usage.endBytes;
  /** Of the transaction under way. */
  let next: Needs = NOTHING;
  let failing = false;

  function look(): void {
    if (newBytes === 0) return;
    usage = store.usage();
    newBytes = 0;
    endBytes = usage.endBytes;
  }

  function add(source: string, bytes: number): void {
    const left = (underWay.get(source) ?? 0) + bytes;
    if (left === 0) underWay.delete(source);
    else underWay.set(source, left);
  }

  /** At most; what has gone since the last look is still in it. */
  function used(): number {
    let bytes = usage.usedBytes + newBytes;
    for (const more of underWay.values()) bytes += more;
    return bytes;
  }

  function fits({ pagesBytes }: Needs): boolean {
    return endBytes + pagesBytes + reserve <= extent.bytes;
  }

  return {
    enter(source, bodyBytes) {
      const bytes = footprint(bodyBytes);
      if (shares > 1) {
        const own = accounts.of(source) + (underWay.get(source) ?? 0);
        if (own + bytes > share) throw overShare(source, own, share, bytes);
      }
      if (used() + bytes > maxBytes) {
        look();
        if (used() + bytes > maxBytes) throw overQuota(used(), maxBytes, bytes);
      }
      add(source, bytes);
      return () => add(source, -bytes);
    },

    usedBytes() {
      look();
      return usage.usedBytes;
    },

    async assure(purpose, changes) {
      next = needsOf(changes, usage, newBytes);
      if (fits(next)) return;
      endBytes = store.endBytes();
      if (fits(next)) return;
      look();
      next = needsOf(changes, usage, newBytes);
      const { usedBytes } = usage;
      const { pagesBytes, runsBytes } = next;
      const wanted = pagesBytes + (purpose === 'adding' ? reserve : 0);
      const failure = await extent.extendTo(endBytes + pagesBytes + reserve + ahead);
      const behind = extent.bytes - endBytes;
      // Single pages may come from among the free ones; those that have to lie together, from behind them for sure.
      if (behind < runsBytes || behind + endBytes - usedBytes < wanted) throw notExtended(store.file, failure);
    },

    committed(failure) {
      newBytes += next.newBytes;
      endBytes += next.pagesBytes;
      next = NOTHING;
      if (failing === (failure !== undefined)) return;
      failing = failure !== undefined;
      if (failing) {
        const reason = String(failure);
        say('failing', { reason }, 'the store takes no more; trying again with whatever comes', 'error');
      } else say('again', {}, 'the store takes writes again', 'info');
    },
  };
}
