/** The journal over an open store: what the contract asks for, in terms of tables and transactions. */
import type { Log } from '../../log.ts';
import { journalClosed } from '../closed.ts';
import type { Journal } from '../journal.ts';
import { createAccounts } from './accounts.ts';
import { createBodyTable } from './bodies.ts';
import { createDamage } from './damage.ts';
import { createOpenRecords } from './open-records.ts';
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

export function createLmdbJournal({ store, maxBytes, shares, log, onClosed }: LmdbJournalParts): Journal {
  const { tables } = store;
  const accounts = createAccounts(tables.meta);
  const room = createRoom({ store, accounts, maxBytes, shares, log });
  const writer = createWriter({ store, room, accounts });
  const damage = createDamage(tables, writer, log);
  const bodies = createBodyTable(tables, damage.setAside);
  const spans = createSpanTables(tables, writer.totals, damage.setAside);
  const skeletons = createSkeletonTables(tables, damage.report);
  const openRecords = createOpenRecords(tables, id => damage.report('open', id));
  let listener: (() => void) | undefined;
  let closing: Promise<void> | undefined;

  function assertOpen(): void {
    if (closing !== undefined) throw journalClosed();
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
        return await writer.write('adding', batch => bodies.add(batch, body));
      } finally {
        leave();
      }
    },

    async *replay() {
      assertOpen();
      for (const body of bodies.upTo(writer.totals.lastPosition)) {
        yield body;
        assertOpen();
      }
    },

    body(position) {
      assertOpen();
      return bodies.get(position);
    },

    async settle({ spans: finished, skeletons: left, open, released, now }) {
      assertOpen();
      const durable = await writer.write('freeing', batch => {
        const done = spans.put(batch, finished, now);
        skeletons.put(batch, left, now);
        openRecords.put(batch, open);
        for (const position of released) bodies.remove(batch, position);
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
        const oldest = bodies.oldest();
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
        for (const [position, bytes] of changed) bodies.change(batch, position, bytes);
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
