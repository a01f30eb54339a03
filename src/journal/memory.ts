/** A journal that lives as long as its process: for tests and for `demo`. It keeps every promise except the disk. */
import { journalClosed } from './closed.ts';
import type { DeadLetter, FinishedSpan, Journal, JournalBody, OutboxEntry, OutboxKey, Position } from './journal.ts';
import { createHoldings } from './memory/holdings.ts';
import { createOrderedLog, type OrderedLog } from './memory/ordered-log.ts';
import { createOpenTable, createSkeletonTable } from './memory/skeletons.ts';

export interface MemoryJournalOptions {
  /** The quota in bytes of bodies and spans, over which `append` is refused. Default: none. */
  readonly maxBytes?: number;
  /** Into how many equal shares the quota is divided: one for each source. Default: 1, a source may take all of it. */
  readonly shares?: number;
}

export function createMemoryJournal(options: MemoryJournalOptions = {}): Journal {
  const holdings = createHoldings(options.maxBytes ?? Number.POSITIVE_INFINITY, options.shares ?? 1);
  const bodies = createOrderedLog<JournalBody>();
  const outbox = createOrderedLog<Omit<OutboxEntry, 'key'>>();
  const buried = createOrderedLog<Omit<DeadLetter, 'key'>>();
  const skeletons = createSkeletonTable();
  const open = createOpenTable();
  const copyOf = createCopier();
  let listener: (() => void) | undefined;
  let lastPosition: Position = 0;
  let closed = false;

  function assertOpen(): void {
    if (closed) throw journalClosed();
  }

  /** `undefined` when no body is held: then nothing is left that a replay would have to recognise. */
  function oldestBody(): Position | undefined {
    const [oldest] = bodies.after(undefined).next().value ?? [];
    return oldest;
  }

  function takeAway(log: OrderedLog<FinishedSpan>, keys: readonly OutboxKey[]): number {
    let count = 0;
    for (const key of keys) {
      const span = log.delete(key);
      if (span === undefined) continue;
      holdings.add(span.execution.source, -span.span.length);
      count += 1;
    }
    return count;
  }

  return {
    async append(body) {
      assertOpen();
      holdings.assertRoom(body.source, body.bytes.length);
      holdings.add(body.source, body.bytes.length);
      lastPosition = bodies.append({ ...body, bytes: Uint8Array.from(body.bytes) });
      return lastPosition;
    },

    async *replay() {
      assertOpen();
      const last = lastPosition;
      for (const [position, body] of bodies.after(undefined)) {
        if (position > last) return;
        yield { ...body, position };
        assertOpen();
      }
    },

    body(position) {
      assertOpen();
      return bodies.get(position);
    },

    // Nothing in here can fail half way: that is the whole transaction of a store in memory.
    async settle(settlement) {
      assertOpen();
      for (const span of settlement.spans) {
        outbox.append({ ...copyOf(span), putAt: settlement.now });
        holdings.add(span.execution.source, span.span.length);
      }
      for (const skeleton of settlement.skeletons) skeletons.put(skeleton, settlement.now, lastPosition);
      for (const record of settlement.open) open.put(record);
      for (const position of settlement.released) {
        const body = bodies.delete(position);
        if (body !== undefined) holdings.add(body.source, -body.bytes.length);
      }
      if (settlement.spans.length > 0) listener?.();
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
      return open.get(execution, operationId);
    },

    async forget(before) {
      assertOpen();
      return skeletons.forget(before, oldestBody());
    },

    outbox(after, limit, budget = Number.POSITIVE_INFINITY) {
      assertOpen();
      return readWithin(outbox, { after, limit, budget });
    },

    outboxEntry(key) {
      assertOpen();
      const span = outbox.get(key);
      return span && { key, ...span };
    },

    onOutbox(heard) {
      assertOpen();
      listener = heard;
    },

    async acknowledge(keys) {
      assertOpen();
      takeAway(outbox, keys);
    },

    async bury(keys, reason, now) {
      assertOpen();
      for (const key of keys) {
        const entry = outbox.delete(key);
        if (entry !== undefined) buried.set(key, { ...entry, reason, buriedAt: now });
      }
    },

    deadLetters(after, limit, budget = Number.POSITIVE_INFINITY) {
      assertOpen();
      return readWithin(buried, { after, limit, budget });
    },

    async revive(keys, now) {
      assertOpen();
      let count = 0;
      for (const key of keys) {
        const letter = buried.delete(key);
        if (letter === undefined) continue;
        const { preamble, span, execution } = letter;
        outbox.append({ preamble, span, execution, putAt: now });
        count += 1;
      }
      if (count > 0) listener?.();
      return count;
    },

    async erase({ outbox: spans = [], deadLetters = [], bodies: changed = new Map(), executions = [] }) {
      assertOpen();
      for (const [position, bytes] of changed) {
        const body = bodies.delete(position);
        if (body === undefined) continue;
        holdings.add(body.source, (bytes?.length ?? 0) - body.bytes.length);
        if (bytes !== undefined) bodies.set(position, { ...body, bytes: Uint8Array.from(bytes) });
      }
      for (const execution of executions) open.erase(execution);
      return {
        spans: takeAway(outbox, spans),
        deadLetters: takeAway(buried, deadLetters),
        skeletons: executions.reduce((sum, execution) => sum + skeletons.erase(execution), 0),
      };
    },

    remembered(execution) {
      assertOpen();
      return skeletons.count(execution);
    },

    stats() {
      assertOpen();
      const [, oldest] = outbox.after(undefined).next().value ?? [];
      return {
        usedBytes: holdings.bytes,
        limitBytes: options.maxBytes,
        sources: holdings.bySource,
        bodies: bodies.size,
        undelivered: outbox.size,
        oldestUndelivered: oldest?.putAt,
        deadLetters: buried.size,
      };
    },

    async close() {
      closed = true;
    },
  };
}

function readWithin<T extends FinishedSpan>(
  log: OrderedLog<T>,
  { after, limit, budget }: { after: OutboxKey | undefined; limit: number; budget: number },
): (T & { readonly key: OutboxKey })[] {
  const entries: (T & { readonly key: OutboxKey })[] = [];
  let left = budget;
  for (const [key, span] of limit > 0 ? log.after(after) : []) {
    left -= span.span.length;
    if (left < 0 && entries.length > 0) break;
    entries.push({ ...span, key });
    if (entries.length === limit) break;
  }
  return entries;
}

/**
 * The spans that come in are views into the buffer of a whole batch, which they would keep alive: each is copied. Their
 * preamble is one and the same object as a rule, and stays so.
 */
function createCopier(): (span: FinishedSpan) => FinishedSpan {
  let original: Uint8Array | undefined;
  let copy = new Uint8Array();
  return ({ preamble, span, execution: { source, executionId } }) => {
    if (preamble !== original) {
      original = preamble;
      copy = Uint8Array.from(preamble);
    }
    return { preamble: copy, span: Uint8Array.from(span), execution: { source, executionId } };
  };
}
