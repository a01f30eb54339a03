/** The wiring: what becomes of an accepted body, and of what an earlier run had accepted. */
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { type Assembly, createAssembly } from '../assembly/assembly.ts';
import type { OpenWork } from '../assembly/executions/executions.ts';
import type { AssemblyStep } from '../assembly/keeping/ledger.ts';
import type { ReadEvent } from '../assembly/operation.ts';
import type { AssemblySettings } from '../assembly/settings.ts';
import type { IncomingEvent } from '../crewai/event.ts';
import type { EventFacts } from '../crewai/facts.ts';
import type { InputNames } from '../crewai/read-facts.ts';
import { CrewspanError } from '../errors.ts';
import type { ExecutionKey, Journal, JournalBody, Position } from '../journal/journal.ts';
import { type Log, rateLimited } from '../log.ts';
import { createSpanBuilder } from '../spans/build.ts';
import { EMPTY_DETAIL, type EventDetail } from '../spans/detail.ts';
import type { SpanSettings } from '../spans/settings.ts';
import { readBody } from '../webhook/envelope.ts';
import type { Batch, Readiness, Receipt, Receiver } from '../webhook/receiver.ts';
import { createCoverage } from './coverage.ts';
import { createEventReader } from './event-reader.ts';
import type { Outcome, ServiceObserver } from './service-events.ts';
import { createSettler } from './settler.ts';

export interface ServiceOptions {
  readonly assembly: AssemblySettings;
  readonly spans: SpanSettings;
  readonly inputs: InputNames;
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
  open(): OpenWork;
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

/** The longest that reading the journal keeps everything else waiting, in milliseconds. */
const RECOVERY_TURN_MS = 10;
/** What goes wrong once does so again, as events that come too late: the log says so once in a while. */
const REPEATS_LOGGED_EVERY_MS = 30_000;
/** Events are refused when those in hand take up so many times their share of the memory. */
const OVERLOAD = 3.5;
const TOO_MUCH_OPEN =
  'more operations are open at once than CREWSPAN_MAX_MEMORY allows: it goes on as they end; or raise it';

export function createService({
  assembly: settings,
  spans,
  inputs,
  journal,
  log,
  onSettled,
  observe = () => {},
}: ServiceOptions): Service {
  const reader = createEventReader({ spans, inputs });
  const build = createSpanBuilder(spans);
  const coverage = createCoverage(log);
  const say = rateLimited(log, REPEATS_LOGGED_EVERY_MS);
  const assembly: Assembly<EventDetail> = createAssembly({
    settings,
    nothing: EMPTY_DETAIL,
    recall: journal.skeleton,
    knows: journal.knows,
    recallOpen: journal.openRecord,
    reread,
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

  /**
   * Monotonic: waiting must not depend on somebody's setting the clock. In whole milliseconds: V8 makes an object of each
   * fraction that is kept, and every event and operation keeps some times.
   */
  const now = (): number => Math.floor(performance.now());
  const settler = createSettler({ assembly, build, journal, say, now, onDurable: noteSettled });

  function take(source: string, position: Position, event: ReadEvent<EventDetail>, isReplayed: boolean): Outcome {
    const { facts, detail, weight } = event;
    const addition = assembly.add(source, { facts, detail, weight, position, arrived: now() }, isReplayed);
    const outcome = addition === 'added' ? 'accepted' : addition;
    // What an earlier run accepted was counted by that one.
    if (!isReplayed) counters[outcome]++;
    if (outcome !== 'accepted') return outcome;
    observe({ type: 'taken', source, facts, replayed: isReplayed });
    if (facts.caller === 'invalid' && !isReplayed) counters.invalidTraceContexts++;
    return outcome;
  }

  function reread({ executionId }: ExecutionKey, position: Position): readonly ReadEvent<EventDetail>[] {
    const body = journal.body(position);
    // Found damaged since: the journal has said so.
    if (body === undefined) return [];
    return eventsOf(body.bytes).flatMap(event => (event.executionId === executionId ? reader.whole(event) : []));
  }

  function accept({ source, bytes, events: received }: Batch): Promise<Receipt> {
    const refused = whyRefused();
    if (refused !== undefined) {
      observe({ type: 'refused', source, events: received.length });
      return Promise.resolve(refused);
    }
    const events = received.map(event => ({ event, facts: reader.facts(event) }));
    observe({ type: 'received', source, bytes: bytes.length });
    const known = recogniseAll(source, events);
    if (known !== undefined) {
      for (const recognised of known) counters[recognised]++;
      observe({ type: 'kept', source, outcomes: known });
      return Promise.resolve({ status: 'durable', accepted: 0, duplicates: events.length });
    }
    return keep(
      { source, receivedAt: Date.now(), bytes },
      events.map(({ event, facts }) => reader.whole(event, facts)),
    );
  }

  /**
   * Is handed only what is kept of the events. Their `data` is a good deal larger, and whatever lives while the disk is
   * waited for is copied by the collector of garbage, more than once.
   */
  async function keep(body: JournalBody, events: readonly ReadEvent<EventDetail>[]): Promise<Receipt> {
    const { source } = body;
    let position: Position;
    try {
      position = await journal.append(body);
    } catch (error) {
      if (!(error instanceof CrewspanError)) throw error;
      observe({ type: 'refused', source, events: events.length });
      return { status: 'unavailable', reason: error.message, retryAfterSeconds: 10 };
    }
    const outcomes: Outcome[] = [];
    let accepted = 0;
    for (const event of events) {
      const outcome = take(source, position, event, false);
      if (outcome === 'accepted') accepted += 1;
      outcomes.push(outcome);
    }
    observe({ type: 'kept', source, outcomes });
    settler.wake();
    return { status: 'durable', accepted, duplicates: events.length - accepted };
  }

  /** `undefined` as soon as one is new: as a rule that is the first. */
  function recogniseAll(source: string, events: readonly { readonly facts: EventFacts }[]): Outcome[] | undefined {
    const outcomes: Outcome[] = [];
    for (const { facts } of events) {
      const recognised = assembly.recognise(source, facts);
      if (recognised === undefined) return undefined;
      outcomes.push(recognised);
    }
    return outcomes;
  }

  function whyRefused(): Extract<Receipt, { status: 'unavailable' }> | undefined {
    if (stopping) return { status: 'unavailable', reason: 'shutting down', retryAfterSeconds: 5 };
    if (isOverloaded()) return { status: 'unavailable', reason: TOO_MUCH_OPEN, retryAfterSeconds: 10 };
    return undefined;
  }

  /** What is at work on the heap exceeds its share by far, and nothing of it can be put to rest. */
  function isOverloaded(): boolean {
    if (assembly.weight() <= OVERLOAD * settings.heapBytes) return false;
    assembly.rest(now());
    return assembly.weight() > OVERLOAD * settings.heapBytes;
  }

  async function recover(): Promise<void> {
    let bodies = 0;
    let turn = now();
    for await (const { source, bytes, position } of journal.replay()) {
      for (const event of eventsOf(bytes)) take(source, position, reader.whole(event), true);
      bodies++;
      if (now() - turn < RECOVERY_TURN_MS) continue;
      assembly.rest(now());
      await new Promise(resolve => setImmediate(resolve));
      turn = now();
    }
    recovered = true;
    if (bodies > 0) log.info({ bodies, ...assembly.open() }, 'resumed what an earlier run had accepted');
    settler.start();
  }

  function noteSettled(step: AssemblyStep<EventDetail>): void {
    assembly.forgetHandedOut();
    const { operations, leftovers } = step;
    counters.settled += operations.length;
    for (const operation of operations) coverage.note(operation);
    // Built once more rather than held while the disk is waited for: hardly anybody looks at them.
    onSettled?.(operations.map(build));
    observe({ type: 'settled', step });
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
    stop() {
      stopping = true;
      return settler.stop();
    },
    counters: () => ({ ...counters }),
    isOpen: execution => (recovered ? assembly.holds(execution) || settler.isWriting(execution) : undefined),
    open: () => assembly.open(),
  };
}

/** Of a body that was accepted. */
function eventsOf(bytes: Uint8Array): readonly IncomingEvent[] {
  const body = readBody(bytes);
  if (!body.ok) throw new Error('the journal holds a body that was never accepted');
  return body.events;
}

function tally(leftovers: AssemblyStep<EventDetail>['leftovers']): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { type, reason } of leftovers) counts.set(`${reason} ${type}`, (counts.get(`${reason} ${type}`) ?? 0) + 1);
  return Object.fromEntries(counts);
}
