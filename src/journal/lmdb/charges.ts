/** What a source takes up of the store: each record that is somebody's is charged to its source. */
import { listedBytes, sourceOf } from './records.ts';
import type { TableName } from './tables.ts';

export interface Charge {
  readonly source: string;
  readonly bytes: number;
}

/** Fixed, although pages may be larger somewhere: what a record counts for must not change when the store moves. */
const PAGE_BYTES = 4096;
/** A record that is longer than that has pages of its own. */
const LONGEST_WITHIN_BYTES = PAGE_BYTES / 3;
/** Around each record: its key, and its place in a page. */
const AROUND_BYTES = 48;

/**
 * What a record of that length takes up, as a rule and rather more: whole pages where it has some of its own, else twice
 * its length, because pages are half full.
 */
export function footprint(bytes: number): number {
  if (bytes <= LONGEST_WITHIN_BYTES) return 2 * (bytes + AROUND_BYTES);
  return Math.ceil((bytes + AROUND_BYTES) / PAGE_BYTES) * PAGE_BYTES + 2 * AROUND_BYTES;
}

/** `undefined` for a record that is nobody's. Skeletons are charged with the list that they stand in. */
export function chargeOf(table: TableName, record: Buffer): Charge | undefined {
  const source = sourceOf(table, record);
  if (source === undefined) return undefined;
  const listed = table === 'ages' ? listedBytes(record) : 0;
  return { source, bytes: footprint(record.length) + listed };
}
