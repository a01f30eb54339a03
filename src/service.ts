/** The wiring: from an accepted body to spans in the outbox, and the clock that drives it. */
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { type Assembly, createAssembly } from './assembly/assembly.ts';
import type { AssemblyStep } from './assembly/ledger.ts';
import type { AssemblySettings } from './assembly/settings.ts';
import type { IncomingEvent } from './crewai/event.ts';
import type { EventFacts } from './crewai/facts.ts';
import { readFacts } from './crewai/read-facts.ts';
import { createSpanEncoder } from './delivery/encode.ts';
import { CrewspanError } from './errors.ts';
import type { ExecutionKey, Journal, Position, Skeleton } from './journal/journal.ts';
import type { Outcome, ServiceObserver } from './service-events.ts';
import { createSpanBuilder } from './spans/build.ts';
import { createDescriber, type EventDetail } from './spans/describe.ts';
import type { SpanSettings } from './spans/settings.ts';
import { createCoverage } from './telemetry/coverage.ts';
import { type Log, rateLimited } from './telemetry/log.ts';
import { readBody } from './webhook/envelope.ts';
import type { Batch, Readiness, Receipt, Receiver } from './webhook/receiver.ts';

export interface ServiceOptions {
  readonly assembly: AssemblySettings;
  readonly spans: SpanSettings;
  /** The kickoff input that holds a `traceparent`. */
  readonly callerInput: string;
  readonly journal: Journal;
  readonly log: Log;
  /** Shown each group of spans once it is durable: for a command that prints them. */
  readonly onSettled?: (spans: readonly ReadableSpan[]) => void;
  /** For metrics. */
  readonly observe?: ServiceObserver;
}

export interface Service extends Receiver {
  /** Takes up what the journal still holds of an earlier life, while new events may come in. Nothing settles before. */
  recover(): Promise<void>;
  /** Accepts nothing more and settles what is due; resolves when that is durable. The journal stays open. */
  stop(): Promise<void>;
  counters(): ServiceCounters;
  /** Whether anything of the execution has not settled; `undefined` while the journal is still being read. */
  isOpen(execution: ExecutionKey): boolean | undefined;
  /** Executions and operations that have not settled. */
  open(): { readonly executions: number; readonly operations: number };
}

/** Since the start of the process. */
export interface ServiceCounters {
  readonly accepted: number;
  readonly repeated: number;
  readonly conflicting: number;
  readonly settled: number;
  readonly late: number;
  readonly unplaced: number;
  /** Kickoffs whose `traceparent` was none. */
  readonly invalidTraceContexts: number;
}

/** Spans settle in groups at most this often, in milliseconds: a transaction each would cost more than it tells. */
const TICK_MS = 50;
/** The longest that reading the journal keeps everything else waiting, in milliseconds. */
const RECOVERY_TURN_MS = 10;
/** A Node timer set for longer goes off at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** How long to wait before a settlement that the journal refused is tried again, in milliseconds. */
const RETRY_MS = 1_000;
/** What goes wrong once goes wrong again and again: the log says so once in a while. */
const REPEATS_LOGGED_EVERY_MS = 30_000;

export function createService({
  assembly: settings,
  spans,
  callerInput,
  journal,
  log,
  onSettled,
  observe = () => {},
}: ServiceOptions): Service {
  const describe = createDescriber(spans);
  const build = createSpanBuilder(spans);
  const encoder = createSpanEncoder();
  const coverage = createCoverage(log);
  const say = rateLimited(log, REPEATS_LOGGED_EVERY_MS);
  /** Of the step that the journal is to take next: while it refuses, nobody else knows them. */
  const unwritten = new Map<string, Skeleton>();
  const assembly: Assembly<EventDetail> = createAssembly({
    settings,
    recall: (key, eventId) => unwritten.get(keyOf(key, eventId)) ?? journal.skeleton(key, eventId),
  });
  const counters = {
    accepted: 0,
    repeated: 0,
    conflicting: 0,
    settled: 0,
    late: 0,
    unplaced: 0,
    invalidTraceContexts: 0,
  };
  let recovered = false;
  let stopping = false;
  let timer: NodeJS.Timeout | undefined;
  /** When the timer goes off; `Infinity` while there is none. */
  let timerAt = Number.POSITIVE_INFINITY;
  let settling: Promise<void> | undefined;

  /** Monotonic: waiting must not depend on somebody's setting the clock. */
  const now = (): number => performance.now();

  function take(
    source: string,
    position: Position,
    event: IncomingEvent,
    facts: EventFacts,
    replayed = false,
  ): Outcome {
    const addition = assembly.add(source, { facts, detail: describe(event, facts), position, arrived: now() });
    const outcome = addition === 'added' ? 'accepted' : addition;
    counters[outcome]++;
    if (outcome !== 'accepted') return outcome;
    observe({ type: 'taken', source, facts, replayed });
    if (facts.caller === 'invalid') counters.invalidTraceContexts++;
    return outcome;
  }

  async function accept(batch: Batch): Promise<Receipt> {
    if (stopping) {
      observe({ type: 'refused', source: batch.source, events: batch.events.length });
      return { status: 'unavailable', reason: 'shutting down', retryAfterSeconds: 5 };
    }
    const events = batch.events.map(event => ({ event, facts: readFacts(event, callerInput) }));
    const { source } = batch;
    observe({ type: 'received', source, bytes: batch.bytes.length });
    const known = events.map(({ facts }) => assembly.recognise(source, facts));
    if (known.every(recognised => recognised !== undefined)) {
      for (const recognised of known) counters[recognised]++;
      observe({ type: 'kept', source, outcomes: known });
      return { status: 'durable', accepted: 0, duplicates: events.length };
    }
    let position: Position;
    try {
      position = await journal.append({ source, receivedAt: Date.now(), bytes: batch.bytes });
    } catch (error) {
      if (!(error instanceof CrewspanError)) throw error;
      observe({ type: 'refused', source, events: events.length });
      return { status: 'unavailable', reason: error.message, retryAfterSeconds: 10 };
    }
    const outcomes = events.map(({ event, facts }) => take(source, position, event, facts));
    observe({ type: 'kept', source, outcomes });
    const accepted = outcomes.filter(outcome => outcome === 'accepted').length;
    wake();
    return { status: 'durable', accepted, duplicates: events.length - accepted };
  }

  async function recover(): Promise<void> {
    let bodies = 0;
    let turn = now();
    for await (const { source, bytes, position } of journal.replay()) {
      const body = readBody(bytes);
      if (!body.ok) throw new Error('the journal holds a body that was never accepted');
      for (const { event } of body.events) take(source, position, event, readFacts(event, callerInput), true);
      bodies++;
      if (now() - turn < RECOVERY_TURN_MS) continue;
      await new Promise(resolve => setImmediate(resolve));
      turn = now();
    }
    recovered = true;
    if (bodies > 0) log.info({ bodies, ...assembly.open() }, 'took up what an earlier run had accepted');
    wake();
  }

  /** Sets the timer for the next thing to settle, unless a settlement is under way: it will look again itself. */
  function wake(): void {
    if (settling !== undefined || stopping || !recovered) return;
    const next = assembly.next();
    if (next === undefined || next >= timerAt) return;
    const at = Math.max(next, now() + TICK_MS);
    if (at >= timerAt) return;
    clearTimeout(timer);
    timerAt = at;
    timer = setTimeout(onTime, Math.min(at - now(), LONGEST_TIMER_MS));
  }

  function onTime(): void {
    timer = undefined;
    timerAt = Number.POSITIVE_INFINITY;
    settling = settle()
      .catch((err: unknown) => say('settle', { err }, 'what was due has not settled; it stays in the journal', 'error'))
      .finally(() => {
        settling = undefined;
        wake();
      });
  }

  async function settle(): Promise<void> {
    const step = assembly.advance(now());
    if (step !== undefined) await commit(step);
  }

  /** What assembly has let go of is nowhere else: the journal is asked until it takes it. */
  async function commit(step: AssemblyStep<EventDetail>): Promise<void> {
    const { operations, skeletons, released, leftovers } = step;
    for (const skeleton of skeletons) unwritten.set(keyOf(skeleton.execution, skeleton.eventId), skeleton);
    const finished = operations.map(build);
    const encoded = encoder.encode(finished);
    // One for each operation, in their order.
    const owned = encoded.flatMap((span, index) => {
      const operation = operations[index];
      return operation ? [{ ...span, execution: operation }] : [];
    });
    const settlement = { spans: owned, skeletons, released, now: Date.now() };
    for (;;) {
      try {
        await journal.settle(settlement);
        break;
      } catch (error) {
        if (stopping) throw error;
        say('journal', { err: error }, 'the journal did not take what has settled; trying again', 'error');
        await new Promise(resolve => setTimeout(resolve, RETRY_MS));
      }
    }
    unwritten.clear();
    counters.settled += operations.length;
    for (const operation of operations) coverage.note(operation);
    onSettled?.(finished);
    observe({ type: 'settled', step, spans: finished });
    for (const { reason } of leftovers) counters[reason]++;
    if (leftovers.length > 0)
      say('leftovers', { leftovers: tally(leftovers) }, 'events came that no span could carry any more');
  }

  function readiness(): Readiness {
    const reasons: string[] = [];
    if (!recovered) reasons.push('still reading the journal');
    if (stopping) reasons.push('shutting down');
    return { ready: reasons.length === 0, reasons };
  }

  return {
    accept,
    recover,
    readiness,
    async stop() {
      stopping = true;
      clearTimeout(timer);
      timer = undefined;
      await settling;
      if (!recovered) return;
      await settle().catch((error: unknown) => {
        log.error({ err: error }, 'what was due has not settled; it stays in the journal');
      });
    },
    counters: () => ({ ...counters }),
    isOpen(execution) {
      if (!recovered) return undefined;
      const { source, executionId } = execution;
      const isMeant = (skeleton: Skeleton): boolean =>
        skeleton.execution.source === source && skeleton.execution.executionId === executionId;
      return assembly.holds(execution) || [...unwritten.values()].some(isMeant);
    },
    open: () => assembly.open(),
  };
}

function keyOf({ source, executionId }: ExecutionKey, eventId: string): string {
  return `${source}\n${executionId}\n${eventId}`;
}

function tally(leftovers: AssemblyStep<EventDetail>['leftovers']): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { type, reason } of leftovers) counts.set(`${reason} ${type}`, (counts.get(`${reason} ${type}`) ?? 0) + 1);
  return Object.fromEntries(counts);
}
