/** Removes from a store what lies in it of one execution, or what is older than a moment. */
import { setImmediate as turn } from 'node:timers/promises';
import { CrewspanError } from '../errors.ts';
import type { Erasure, ExecutionKey, FinishedSpan, Journal, OutboxKey, Position } from '../journal/journal.ts';
import { readBody } from '../webhook/envelope.ts';
import { withoutExecution } from './body-events.ts';

/** `dryRun`: tells what would go, and removes nothing. */
export type PurgeRequest =
  | { readonly executionId: string; readonly source?: string | undefined; readonly dryRun: boolean }
  | {
      /** Milliseconds since the Unix epoch. */
      readonly before: number;
      /** Also what has not been delivered: spans in the outbox, and bodies that wait for the rest of their runs. */
      readonly undelivered: boolean;
      readonly dryRun: boolean;
    };

export interface PurgeReport {
  /** Undelivered spans. */
  readonly spans: number;
  readonly deadLetters: number;
  /** Events whose spans were not finished. */
  readonly events: number;
  /** Bodies that went as a whole. */
  readonly bodies: number;
  /**
   * Records of finished operations: one for each id that an event may be known by. `undefined`: a dry run does not
   * count them.
   */
  readonly remembered: number | undefined;
  /** Bodies that are old enough and stay, because a running process is at work on them. */
  readonly heldBodies: number;
}

/** What a running process is at work on. */
export interface OpenExecutions {
  /** `undefined`: it does not know yet, because it is still reading the journal. */
  isOpen(execution: ExecutionKey): boolean | undefined;
}

export interface PurgeOptions {
  readonly journal: Journal;
  readonly open: OpenExecutions | undefined;
}

/** Of what lies in the store, so much is read at once. */
export const PAGE = { limit: 500, bytes: 4 * 1024 * 1024 };

export function createPurge({ journal, open }: PurgeOptions): (request: PurgeRequest) => Promise<PurgeReport> {
  async function purgeExecution(executionId: string, only: string | undefined, dryRun: boolean): Promise<PurgeReport> {
    const sources = only === undefined ? [...journal.stats().sources.keys()] : [only];
    const executions = sources.map(source => ({ source, executionId }));
    for (const execution of executions) assertNotOpen(execution);
    const isOne = ({ execution }: FinishedSpan): boolean =>
      execution.executionId === executionId && sources.includes(execution.source);
    const outbox = await keysOf(journal.outbox, isOne);
    const deadLetters = await keysOf(journal.deadLetters, isOne);
    const remembered = executions.reduce((sum, execution) => sum + journal.remembered(execution), 0);
    // Before what is remembered of it: by that a start after a broken-off purge knows what had finished.
    const counts = { ...(await cleanse(executionId, sources, dryRun)), heldBodies: 0 };
    if (dryRun) return { ...counts, spans: outbox.length, deadLetters: deadLetters.length, remembered };
    if (outbox.length + deadLetters.length + remembered === 0) return { ...counts, ...NOTHING };
    // It may have come to life in the meantime.
    for (const execution of executions) assertNotOpen(execution, counts.events);
    const erased = await journal.erase({ outbox, deadLetters, executions });
    return { ...counts, spans: erased.spans, deadLetters: erased.deadLetters, remembered: erased.skeletons };
  }

  async function purgeOlder(before: number, undelivered: boolean, dryRun: boolean): Promise<PurgeReport> {
    const outbox = undelivered ? await keysOf(journal.outbox, ({ putAt }) => putAt < before) : [];
    const deadLetters = await keysOf(journal.deadLetters, ({ buriedAt }) => buriedAt < before);
    const old = undelivered ? await bodiesBefore(before) : new Map<Position, number>();
    const held = open === undefined ? 0 : old.size;
    const bodies = new Map([...(held === 0 ? old.keys() : [])].map(position => [position, undefined]));
    const events = held === 0 ? [...old.values()].reduce((sum, count) => sum + count, 0) : 0;
    const counts = { events, bodies: bodies.size, heldBodies: held };
    if (dryRun) return { ...counts, spans: outbox.length, deadLetters: deadLetters.length, remembered: undefined };
    await eraseInParts({ outbox, deadLetters, bodies });
    const remembered = await journal.forget(before);
    // What was forgotten shall not stay behind in free pages either.
    if (remembered > 0) await journal.erase({});
    return { ...counts, spans: outbox.length, deadLetters: deadLetters.length, remembered };
  }

  /** `gone`: events that were removed already. */
  function assertNotOpen(execution: ExecutionKey, gone = 0): void {
    if (open === undefined) return;
    const isOpen = open.isOpen(execution);
    if (isOpen === false) return;
    const why =
      isOpen === undefined
        ? 'crewspan is still reading its journal'
        : `the execution ${execution.executionId} of the source ${execution.source} is still at work`;
    throw new CrewspanError(
      'CREWSPAN_EXECUTION_OPEN',
      `${gone === 0 ? 'Nothing was' : `Only ${gone} events were`} removed: ${why}. Try again later, or stop crewspan and purge then.`,
    );
  }

  /** In pages, so that whoever else uses the journal gets on. */
  async function keysOf<T extends FinishedSpan & { readonly key: OutboxKey }>(
    read: (after: OutboxKey | undefined, limit: number, maxBytes: number) => T[],
    isMeant: (entry: T) => boolean,
  ): Promise<OutboxKey[]> {
    const keys: OutboxKey[] = [];
    for (let page = read(undefined, PAGE.limit, PAGE.bytes); page.length > 0; ) {
      for (const entry of page) if (isMeant(entry)) keys.push(entry.key);
      await turn();
      page = read(page.at(-1)?.key, PAGE.limit, PAGE.bytes);
    }
    return keys;
  }

  /** Takes the events of the execution out of the bodies, as many at a time as may be held. Answers what went. */
  async function cleanse(executionId: string, sources: readonly string[], dryRun: boolean) {
    let part = new Map<Position, Uint8Array | undefined>();
    let partBytes = 0;
    let [events, bodies] = [0, 0];
    async function erase(): Promise<void> {
      if (!dryRun && part.size > 0) await journal.erase({ bodies: part });
      part = new Map();
      partBytes = 0;
    }
    for await (const { position, source, bytes } of journal.replay()) {
      await turn();
      if (!sources.includes(source)) continue;
      const left = withoutExecution(bytes, executionId);
      if (left.count === 0) continue;
      events += left.count;
      if (left.bytes === undefined) bodies += 1;
      part.set(position, left.bytes);
      partBytes += left.bytes?.length ?? 0;
      if (part.size >= PAGE.limit || partBytes >= PAGE.bytes) await erase();
    }
    await erase();
    return { events, bodies };
  }

  /** With how many events are in each. */
  async function bodiesBefore(before: number): Promise<Map<Position, number>> {
    const found = new Map<Position, number>();
    for await (const { position, receivedAt, bytes } of journal.replay()) {
      if (receivedAt >= before) continue;
      const body = readBody(bytes);
      found.set(position, body.ok ? body.events.length : 0);
      await turn();
    }
    return found;
  }

  async function eraseInParts({ outbox = [], deadLetters = [], bodies = new Map() }: Erasure): Promise<void> {
    const AT_ONCE = 1_000;
    const positions = [...bodies.keys()];
    const longest = Math.max(outbox.length, deadLetters.length, positions.length);
    for (let from = 0; from < longest; from += AT_ONCE) {
      const part = <T>(list: readonly T[]): readonly T[] => list.slice(from, from + AT_ONCE);
      await journal.erase({
        outbox: part(outbox),
        deadLetters: part(deadLetters),
        bodies: new Map(part(positions).map(position => [position, undefined])),
      });
    }
  }

  return request =>
    'executionId' in request
      ? purgeExecution(request.executionId, request.source, request.dryRun)
      : purgeOlder(request.before, request.undelivered, request.dryRun);
}

const NOTHING = { spans: 0, deadLetters: 0, remembered: 0 };
