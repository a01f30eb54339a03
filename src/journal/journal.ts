/**
 * The durable log of accepted bodies and, in the same store, the outbox of finished spans. Everything that must not
 * be lost goes through here; a store keeps the promises of this contract or throws a coded error.
 *
 * What is handed in, bytes too, stays as it is until the call is done; after that the store needs none of it.
 */

/** Where a body lies in the log. Grows with each append; an opaque number otherwise. */
export type Position = number;

/** One webhook request as it was received. */
export interface JournalBody {
  readonly source: string;
  /** By the clock of arrival: milliseconds since the Unix epoch. */
  readonly receivedAt: number;
  /** The JSON text as received (inflated), never re-encoded. */
  readonly bytes: Uint8Array;
}

export interface ReplayedBody extends JournalBody {
  readonly position: Position;
}

/** A finished span as bytes, in the one form in which it is kept and from which every protocol is served. */
export interface EncodedSpan {
  /** OTLP protobuf: the fields `resource` and `scope` as an `ExportTraceServiceRequest` with no span in it. */
  readonly preamble: Uint8Array;
  /** OTLP protobuf: one `Span` message. */
  readonly span: Uint8Array;
}

/** A finished span, and whose it is. */
export interface FinishedSpan extends EncodedSpan {
  readonly execution: ExecutionKey;
}

/** Grows with each span put into the outbox; an opaque number otherwise. */
export type OutboxKey = number;

export interface OutboxEntry extends FinishedSpan {
  readonly key: OutboxKey;
  /** When it was put into the outbox: milliseconds since the Unix epoch. */
  readonly putAt: number;
}

export interface DeadLetter extends OutboxEntry {
  readonly reason: string;
  /** When it was taken out of the outbox: milliseconds since the Unix epoch. */
  readonly buriedAt: number;
}

/**
 * What stays of an event after its operation was finished, found by execution, event id and `beside`: so a repeat is
 * known, a late child finds its place, and a late end is counted instead of becoming a second span.
 */
export interface Skeleton {
  readonly execution: ExecutionKey;
  readonly eventId: string;
  /**
   * The id of an event that this one names, if it is kept beside that: where the one is written, the other costs no page
   * of its own. It is not found without it.
   */
  readonly beside?: string | undefined;
  /** Of a start (or of the end that stands for a missing one): what assembly must know of the operation. Else absent. */
  readonly operation?: Uint8Array | undefined;
}

/**
 * What is known of an operation that has not settled from those inside it that have, whose bodies are gone: after a
 * restart nothing else tells of them.
 */
export interface OpenRecord {
  readonly execution: ExecutionKey;
  readonly operationId: string;
  /** Takes the place of the one before; `undefined`: the operation has settled, nothing is kept. */
  readonly content: Uint8Array | undefined;
}

export interface ExecutionKey {
  readonly source: string;
  readonly executionId: string;
}

/** One transaction: all of it becomes durable, or none. */
export interface Settlement {
  /** Into the outbox, in this order. */
  readonly spans: readonly FinishedSpan[];
  readonly skeletons: readonly Skeleton[];
  readonly open: readonly OpenRecord[];
  /** Bodies all of whose events are done with: removed. One that is not there any more is passed over. */
  readonly released: readonly Position[];
  /** By the clock of arrival, milliseconds: when the spans were put in and the skeletons written. */
  readonly now: number;
}

/** What is to go for good, with all that may lie behind it: one transaction. What is not there any more is passed over. */
export interface Erasure {
  readonly outbox?: readonly OutboxKey[];
  readonly deadLetters?: readonly OutboxKey[];
  /** Bodies, with what stays of their bytes; `undefined`: nothing. They keep their positions. */
  readonly bodies?: ReadonlyMap<Position, Uint8Array | undefined>;
  /** What is remembered of them. */
  readonly executions?: readonly ExecutionKey[];
}

export interface Erased {
  readonly spans: number;
  readonly deadLetters: number;
  readonly skeletons: number;
}

/** After `close` every call throws or rejects with `CREWSPAN_JOURNAL_CLOSED`, except `close`. */
export interface Journal {
  /**
   * Resolves when the body is durable. Rejects with `CREWSPAN_JOURNAL_FULL` when it cannot be kept now: the disk is
   * full, the quota is reached, or its source has its share of the quota.
   */
  append(body: JournalBody): Promise<Position>;
  /** The bodies that were not released, in order of acceptance; none that is appended after the first was asked for. */
  replay(): AsyncIterable<ReplayedBody>;
  /** One body, if it was not released. */
  body(position: Position): JournalBody | undefined;

  /**
   * Resolves when the transaction is durable. Never refused for the quota: it is what makes room. A skeleton written
   * again replaces the one before.
   */
  settle(settlement: Settlement): Promise<void>;
  /** The skeleton of an event, if the event was done with within the retention. */
  skeleton(execution: ExecutionKey, eventId: string, beside?: string): Skeleton | undefined;
  /** Whether any skeleton of an execution is durable: where there is none, none of its events need be looked for. */
  knows(execution: ExecutionKey): boolean;
  /** What was kept last of an operation that has not settled. */
  openRecord(execution: ExecutionKey, operationId: string): Uint8Array | undefined;
  /**
   * Removes skeletons written before `before` (clock of arrival, milliseconds), but none written since the oldest body
   * still held was appended: its replay must recognise what was finished. Answers how many.
   */
  forget(before: number): Promise<number>;

  /**
   * Entries of the outbox after `after` (which need not be there any more), oldest first: at most `limit`, and only as
   * long as their span bytes stay within `maxBytes`, but always one if there is one. So a reader bounds its memory
   * before it reads.
   */
  outbox(after: OutboxKey | undefined, limit: number, maxBytes?: number): OutboxEntry[];
  /** One entry of the outbox, if it is there still. */
  outboxEntry(key: OutboxKey): OutboxEntry | undefined;
  /** Called whenever spans were put into the outbox, once they are durable and can be read. One listener: delivery. */
  onOutbox(listener: () => void): void;
  /** Taken by the backend: removes the entries. Keys that are not there any more are passed over. */
  acknowledge(keys: readonly OutboxKey[]): Promise<void>;
  /**
   * Moves entries from the outbox to the dead letters, at `now` (milliseconds since the Unix epoch). Keys that are not
   * there any more are passed over.
   */
  bury(keys: readonly OutboxKey[], reason: string, now: number): Promise<void>;
  /** Dead letters after `after`, oldest key first; bounded as `outbox` is. */
  deadLetters(after: OutboxKey | undefined, limit: number, maxBytes?: number): DeadLetter[];
  /**
   * Puts dead letters into the outbox again, under new keys, at `now` (milliseconds since the Unix epoch). Answers how
   * many; keys that are not there are passed over.
   */
  revive(keys: readonly OutboxKey[], now: number): Promise<number>;
  /**
   * Removes for good, and sees to it that the bytes do not stay behind in free space for longer than until the store is
   * opened the next time. The caller sees to it that nobody uses what goes.
   */
  erase(erasure: Erasure): Promise<Erased>;
  /** How many skeletons there are of an execution. */
  remembered(execution: ExecutionKey): number;

  stats(): JournalStats;
  close(): Promise<void>;
}

export interface JournalStats {
  /** What the quota is measured against, in bytes: what is held, with all that the store needs around it. */
  readonly usedBytes: number;
  /** The quota in bytes; `undefined`: none. */
  readonly limitBytes: number | undefined;
  /** What each source that holds anything takes up of it, in bytes, about. */
  readonly sources: ReadonlyMap<string, number>;
  readonly bodies: number;
  readonly undelivered: number;
  /** When the oldest entry of the outbox was put there (milliseconds since the Unix epoch); `undefined`: it is empty. */
  readonly oldestUndelivered: number | undefined;
  readonly deadLetters: number;
}
