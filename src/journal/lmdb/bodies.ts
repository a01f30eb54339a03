/** The bodies as they were received, in order of acceptance, until none of their events is needed. */
import type { JournalBody, Position } from '../journal.ts';
import type { Batch } from './batch.ts';
import { type Charge, footprint } from './charges.ts';
import type { Damage } from './damage.ts';
import { readBodyRecord, sealBody } from './records.ts';
import type { Tables } from './tables.ts';

export interface BodyTable {
  get(position: Position): JournalBody | undefined;
  /** The first that is there, damaged or not. */
  oldest(): Position | undefined;
  /** All up to `last` that are whole, as they are there when their turn comes. */
  upTo(last: Position): Generator<JournalBody & { readonly position: Position }>;
  add(batch: Batch, body: JournalBody): Position;
  /** Puts other bytes in the place of those that were received; `undefined`: none. */
  change(batch: Batch, position: Position, bytes: Uint8Array | undefined): void;
  remove(batch: Batch, position: Position): void;
}

/** Bodies of which it is known in memory what they count for: most are released soon, and need not be read for that. */
const MOST_RECENT = 10_000;

export function createBodyTable({ bodies }: Tables, onDamaged: Damage['setAside']): BodyTable {
  const recent = new Map<Position, Charge>();

  function noteRecent(position: Position, charge: Charge): void {
    recent.set(position, charge);
    if (recent.size <= MOST_RECENT) return;
    for (const oldest of recent.keys()) {
      recent.delete(oldest);
      return;
    }
  }

  function firstFrom(start: Position): { readonly key: Position; readonly value: Buffer } | undefined {
    for (const entry of bodies.from(start)) return entry;
    return undefined;
  }

  function remove(batch: Batch, position: Position): void {
    const charge = recent.get(position);
    recent.delete(position);
    if (batch.remove(bodies, position, charge)) batch.totals.bodies -= 1;
  }

  return {
    get(position) {
      const record = bodies.get(position);
      const body = record && readBodyRecord(record);
      if (record !== undefined && body === undefined) onDamaged(bodies, position);
      return body;
    },

    oldest: () => firstFrom(0)?.key,

    *upTo(last) {
      // Looked up one by one: a range that stays open holds a snapshot, and keeps its pages from being used again.
      for (let next = firstFrom(0); next !== undefined && next.key <= last; next = firstFrom(next.key + 1)) {
        const body = readBodyRecord(next.value);
        if (body === undefined) onDamaged(bodies, next.key);
        else yield { ...body, position: next.key };
      }
    },

    add(batch, body) {
      const { totals } = batch;
      const record = sealBody(body, batch.allocate);
      const charge = { source: body.source, bytes: footprint(record.length) };
      totals.lastPosition += 1;
      totals.bodies += 1;
      batch.add(bodies, totals.lastPosition, record, charge);
      // Nobody knows the position before it is durable; where it does not become so, it is the next body's.
      noteRecent(totals.lastPosition, charge);
      return totals.lastPosition;
    },

    change(batch, position, bytes) {
      const record = bytes && batch.get(bodies, position);
      const body = record && readBodyRecord(record);
      if (bytes === undefined || body === undefined) {
        remove(batch, position);
        return;
      }
      recent.delete(position);
      batch.replace(bodies, position, sealBody({ ...body, bytes }, batch.allocate));
    },

    remove,
  };
}
