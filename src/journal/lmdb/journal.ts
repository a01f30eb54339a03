/** The journal over an open store: what the contract asks for, in terms of tables and transactions. */
import { CrewspanError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Journal, JournalBody, Position } from '../journal.ts';
import { createAccounts } from './accounts.ts';
import type { Batch } from './batch.ts';
import { type Charge, footprint } from './charges.ts';
import { createDamage } from './damage.ts';
import { createOpenRecords } from './open-records.ts';
import { readBodyRecord, sealBody } from './records.ts';
import { createRoom } from './room.ts';
import { createSkeletonTables } from './skeletons.ts';
import { createSpanTables } from './spans.ts';
import { ERASED_KEY, type Store } from './store.ts';
import { createWriter } from './writer.ts';

export interface LmdbJournalParts {
  readonly store: Store;
  /** The quota. */
  readonly maxBytes: number;
  /** Into how many equal shares the quota is divided. */
  readonly shares: number;
  readonly log: Log;
  /** Called once, when everything is written and the store is closed. */
  readonly onClosed: () => Promise<void>;
}

/** Skeletons forgotten in one transaction: what comes in meanwhile waits for no more than that. */
const FORGET_AT_ONCE = 2_000;
/** Bodies of which it is known in memory what they count for: most are released soon, and need not be read for that. */
const MOST_RECENT = 10_000;

export function createLmdbJournal({ store, maxBytes, shares, log, onClosed }: LmdbJournalParts): Journal {
  const { tables } = store;
  const { bodies } = tables;
  const accounts = createAccounts(tables.meta);
  const room = createRoom({ store, accounts, maxBytes, shares, log });
  const writer = createWriter({ store, room, accounts });
  const damage = createDamage(tables, () => writer, log);
  const spans = createSpanTables(tables, writer.totals, damage.setAside);
  const skeletons = createSkeletonTables(tables, damage.report);
  const openRecords = createOpenRecords(tables, id => damage.report('open', id));
  const recent = new Map<Position, Charge>();
  let listener: (() => void) | undefined;
  let closing: Promise<void> | undefined;

  function assertOpen(): void {
    if (closing === undefined) return;
    throw new CrewspanError('CREWSPAN_JOURNAL_CLOSED', 'The journal is closed: crewspan is shutting down.');
  }

  function firstBody(from: Position): { position: Position; record: Buffer } | undefined {
    for (const { key, value } of bodies.from(from)) return { position: key, record: value };
    return undefined;
  }

  function noteRecent(position: Position, charge: Charge): void {
    recent.set(position, charge);
    if (recent.size <= MOST_RECENT) return;
    for (const oldest of recent.keys()) {
      recent.delete(oldest);
      return;
    }
  }

  function addBody(batch: Batch, body: JournalBody): Position {
    const { totals } = batch;
    const record = sealBody(body, batch.allocate);
    const charge = { source: body.source, bytes: footprint(record.length) };
    totals.lastPosition += 1;
    totals.bodies += 1;
    batch.add(bodies, totals.lastPosition, record, charge);
    // Nobody knows the position before it is durable; where it does not become so, it is the next body's.
    noteRecent(totals.lastPosition, charge);
    return totals.lastPosition;
  }

  function removeBody(batch: Batch, position: Position): void {
    const charge = recent.get(position);
    recent.delete(position);
    if (batch.remove(bodies, position, charge)) batch.totals.bodies -= 1;
  }

  function changeBody(batch: Batch, position: Position, bytes: Uint8Array): void {
    const record = batch.get(bodies, position);
    const body = record && readBodyRecord(record);
    if (body === undefined) {
      removeBody(batch, position);
      return;
    }
    recent.delete(position);
    batch.replace(bodies, position, sealBody({ ...body, bytes }, batch.allocate));
  }

  async function close(): Promise<void> {
    await writer.idle();
    await store.close();
    await onClosed();
  }

  return {
    async append(body) {
      assertOpen();
      const leave = room.enter(body.source, body.bytes.length);
      try {
        return await writer.write('adding', batch => addBody(batch, body));
      } finally {
        leave();
      }
    },

    async *replay() {
      assertOpen();
      const last = writer.totals.lastPosition;
      for (let from = 0; ; ) {
        const next = firstBody(from);
        if (next === undefined || next.position > last) return;
        const { position, record } = next;
        from = position + 1;
        const body = readBodyRecord(record);
        if (body === undefined) damage.setAside(bodies, position);
        else yield { ...body, position };
        assertOpen();
      }
    },

    body(position) {
      assertOpen();
      const record = bodies.get(position);
      const body = record && readBodyRecord(record);
      if (record !== undefined && body === undefined) damage.setAside(bodies, position);
      return body;
    },

    async settle({ spans: finished, skeletons: left, open, released, now }) {
      assertOpen();
      const durable = await writer.write('freeing', batch => {
        const done = spans.put(batch, finished, now);
        skeletons.put(batch, left, now);
        openRecords.put(batch, open);
        for (const position of released) removeBody(batch, position);
        return done;
      });
      durable();
      if (finished.length > 0) listener?.();
    },

    skeleton(execution, eventId, beside) {
      assertOpen();
      return skeletons.get(execution, eventId, beside);
    },

    knows(execution) {
      assertOpen();
      return skeletons.knows(execution);
    },

    openRecord(execution, operationId) {
      assertOpen();
      return openRecords.get(execution, operationId);
    },

    async forget(before) {
      let forgotten = 0;
      for (let more = true; more; ) {
        assertOpen();
        const oldest = firstBody(0)?.position;
        const step = await writer.writeAlone('freeing', batch =>
          skeletons.forget(batch, before, oldest, FORGET_AT_ONCE),
        );
        forgotten += step.count;
        more = step.more;
      }
      return forgotten;
    },

    outbox(after, limit, budget = Number.POSITIVE_INFINITY) {
      assertOpen();
      return spans.outbox(after, limit, budget);
    },

    outboxEntry(key) {
      assertOpen();
      return spans.outboxEntry(key);
    },

    onOutbox(heard) {
      assertOpen();
      listener = heard;
    },

    async acknowledge(keys) {
      assertOpen();
      await writer.write('freeing', batch => spans.acknowledge(batch, keys));
      spans.gone(keys);
    },

    async bury(keys, reason, now) {
      assertOpen();
      await writer.write('freeing', batch => spans.bury(batch, keys, reason, now));
      spans.gone(keys);
    },

    deadLetters(after, limit, budget = Number.POSITIVE_INFINITY) {
      assertOpen();
      return spans.letters(after, limit, budget);
    },

    async revive(keys, now) {
      assertOpen();
      const count = await writer.write('freeing', batch => spans.revive(batch, keys, now));
      if (count === 0) return 0;
      spans.revived(writer.totals.lastKey);
      listener?.();
      return count;
    },

    async erase({ outbox = [], deadLetters = [], bodies: changed = new Map(), executions = [] }) {
      assertOpen();
      const erased = await writer.write('freeing', batch => {
        for (const [position, bytes] of changed) {
          if (bytes === undefined) removeBody(batch, position);
          else changeBody(batch, position, bytes);
        }
        for (const execution of executions) openRecords.erase(batch, execution);
        batch.add(tables.meta, ERASED_KEY, Buffer.alloc(0), undefined);
        return {
          spans: spans.acknowledge(batch, outbox),
          deadLetters: spans.discard(batch, deadLetters),
          skeletons: executions.reduce((sum, execution) => sum + skeletons.erase(batch, execution), 0),
        };
      });
      spans.gone(outbox);
      return erased;
    },

    remembered(execution) {
      assertOpen();
      return skeletons.count(execution);
    },

    stats() {
      assertOpen();
      const { bodies: held, undelivered, deadLetters } = writer.totals;
      return {
        usedBytes: room.usedBytes(),
        limitBytes: Number.isFinite(maxBytes) ? maxBytes : undefined,
        bodies: held,
        undelivered,
        oldestUndelivered: spans.oldest(),
        deadLetters,
        sources: new Map(accounts.shares),
      };
    },

    close() {
      closing ??= close();
      return closing;
    },
  };
}
