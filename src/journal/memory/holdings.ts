/** What a store in memory holds, in all and by source, and whether more may come. */
import { overQuota, overShare } from '../full.ts';

export interface Holdings {
  readonly bytes: number;
  readonly bySource: ReadonlyMap<string, number>;
  /** `more`: negative when something goes. */
  add(source: string, more: number): void;
  /** Throws `CREWSPAN_JOURNAL_FULL` where so much more is over the quota, or over the share of the source. */
  assertRoom(source: string, more: number): void;
}

export function createHoldings(maxBytes: number, shares: number): Holdings {
  const share = maxBytes / Math.max(1, shares);
  const held = new Map<string, number>();
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    get bySource() {
      return new Map(held);
    },
    add(source, more) {
      bytes += more;
      const left = (held.get(source) ?? 0) + more;
      if (left === 0) held.delete(source);
      else held.set(source, left);
    },
    assertRoom(source, more) {
      const own = held.get(source) ?? 0;
      if (shares > 1 && own + more > share) throw overShare(source, own, share, more);
      if (bytes + more > maxBytes) throw overQuota(bytes, maxBytes, more);
    },
  };
}
