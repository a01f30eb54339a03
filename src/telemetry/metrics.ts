import type { AssemblyStep } from '../assembly/keeping/ledger.ts';
import type { Family } from '../crewai/catalogue.ts';
import type { DeliveryEvent } from '../delivery/record.ts';
import type { JournalStats } from '../journal/journal.ts';
import type { Outcome, ServiceEvent } from '../service/service-events.ts';
import type { EventDetail } from '../spans/detail.ts';
import { familyName } from '../spans/families/families.ts';
import { faultOf } from '../spans/fault.ts';
import type { AnsweredRequest } from '../webhook/server.ts';
import { type EventLoopWatch, watchEventLoop } from './event-loop.ts';
import { createInstruments, type Instruments, type ObserveGauge } from './instruments.ts';
import { createLabelled, type Labels } from './labels.ts';
import { createOpenExecutions, type OpenExecutions } from './open-executions.ts';
import { createKeyed, type Series } from './tally.ts';
import { type TokenType, tokenUseOf } from './tokens.ts';

/** Sources that have series of their own: only where no token proves a source can there be more. */
export const MAX_SOURCES = 200;
/** HTTP has no more than that. */
const MAX_STATUSES = 1000;
/** Causes of a backend's refusals: HTTP and gRPC statuses, codes of the network. */
export const MAX_CAUSES = 100;
/** Sets of model, provider, crew and agent role. The SDK ends at 2000 series of one name, and four types make four. */
export const MAX_TOKEN_SETS = 400;

export interface MetricsOptions {
  /** Those that are known at the start: their counters begin at 0, so that a first rejection is an increase. */
  readonly sources: Iterable<string>;
  /** `CREWSPAN_EVENTS` is all: a number that no event has is one that never came. */
  readonly everythingSubscribed: boolean;
}

/** What is read at each scrape. */
export interface GaugeSources {
  journal(): Pick<JournalStats, 'undelivered' | 'oldestUndelivered' | 'deadLetters' | 'usedBytes' | 'limitBytes'>;
  open(): { readonly executions: number; readonly operations: number };
  ready(): boolean;
}

export interface Metrics {
  readonly request: (request: AnsweredRequest) => void;
  readonly service: (event: ServiceEvent) => void;
  readonly delivery: (event: DeliveryEvent) => void;
  /** A write of the journal took so long, in seconds. */
  readonly flushed: (seconds: number) => void;
  /** Once, when there is something to read. */
  watch(sources: GaugeSources): void;
  scrape: Instruments['scrape'];
  close(): Promise<void>;
}

export function createMetrics({ sources, everythingSubscribed }: MetricsOptions): Metrics {
  const instruments = createInstruments();
  const { counters, histograms } = instruments;
  const eventLoop = watchEventLoop();
  const open = createOpenExecutions(() => performance.now());
  const bySource = createLabelled(MAX_SOURCES, labels => sourceCounts(counters, labels));
  const countsOf = (source: string): SourceCounts => bySource({ source }, source);
  const byStatus = createLabelled(MAX_STATUSES, labels => counters.webhookRequests.series(labels));
  const requestsOf = (status: string): Series => byStatus({ status }, status);
  const causeOf = createLabelled(MAX_CAUSES, labels => labels);
  const tokensOf = createLabelled(MAX_TOKEN_SETS, labels =>
    createKeyed((type: TokenType) => counters.tokens.series({ token_type: type, ...labels })),
  );
  const settledOf = createKeyed((family: Family) =>
    createKeyed((status: SpanStatus) => counters.spansSettled.series({ family: familyName(family), status })),
  );
  const eventsMissing = counters.eventsMissing.series();
  const spansDelivered = counters.spansDelivered.series();

  function settled(step: AssemblyStep<EventDetail>): void {
    for (const operation of step.operations) {
      const status = faultOf(operation) === undefined ? 'unset' : 'error';
      settledOf(operation.kind.family)(status).value += 1;
      const use = tokenUseOf(operation);
      if (use === undefined) continue;
      const tokens = tokensOf(use.labels);
      for (const [type, count] of use.counts) tokens(type).value += count;
    }
    for (const { reason } of step.leftovers) counters.eventsLate.series({ reason }).value += 1;
    for (const key of step.left) {
      const missing = open.left(key);
      if (everythingSubscribed) eventsMissing.value += missing;
    }
  }

  startAtZero(counters);
  for (const status of STATUSES) requestsOf(status);
  for (const source of sources) countsOf(source);

  return {
    request({ status, source, rejectedEvents }) {
      requestsOf(String(status)).value += 1;
      if (rejectedEvents > 0) countsOf(source).invalid.value += rejectedEvents;
    },
    service(event) {
      switch (event.type) {
        case 'received':
          countsOf(event.source).bytes.value += event.bytes;
          return;
        case 'kept': {
          const counts = countsOf(event.source);
          for (const outcome of event.outcomes) counts[outcome].value += 1;
          return;
        }
        case 'refused':
          countsOf(event.source).unavailable.value += event.events;
          return;
        case 'taken':
          return open.note(event.source, event.facts, event.replayed);
        case 'settled':
          return settled(event.step);
      }
    },
    delivery(event) {
      switch (event.type) {
        case 'delivered':
          spansDelivered.value += event.spans;
          return;
        case 'rejected':
          counters.spansRejected.series({ cause: PARTIAL_SUCCESS }).value += event.spans;
          return;
        case 'buried':
          counters.spansDeadLettered.series(causeOf({ cause: event.cause })).value += event.spans;
          return;
        case 'retry':
          counters.spansRetried.series(causeOf({ cause: event.cause })).value += event.spans;
          return;
      }
    },
    flushed: seconds => histograms.journalFlush.record(seconds),
    watch: given => instruments.onScrape(observe => readGauges(observe, given, open, eventLoop)),
    scrape: () => instruments.scrape(),
    async close() {
      eventLoop.stop();
      await instruments.close();
    },
  };
}

const PARTIAL_SUCCESS = 'PARTIAL_SUCCESS';
const STATUSES = ['200', '400', '401', '413', '415', '503'];

/** What is counted of one source, for each request. */
type SourceCounts = Readonly<Record<Outcome | 'bytes' | 'invalid' | 'unavailable', Series>>;

function sourceCounts(counters: Instruments['counters'], source: Labels): SourceCounts {
  const rejected = (reason: string): Series => counters.eventsRejected.series({ ...source, reason });
  return {
    bytes: counters.webhookBytes.series(source),
    accepted: counters.eventsAccepted.series(source),
    repeated: counters.eventsRepeated.series(source),
    conflicting: rejected('conflicting'),
    invalid: rejected('invalid'),
    unavailable: rejected('unavailable'),
  };
}

type SpanStatus = 'unset' | 'error';

/** A series that begins with its first count shows no increase by it: what is known beforehand begins at 0. */
function startAtZero(counters: Instruments['counters']): void {
  for (const reason of ['late', 'unplaced']) counters.eventsLate.series({ reason });
  counters.spansRejected.series({ cause: PARTIAL_SUCCESS });
}

function readGauges(
  observe: ObserveGauge,
  { journal, open, ready }: GaugeSources,
  executions: OpenExecutions,
  eventLoop: EventLoopWatch,
): void {
  const inFlight = open();
  const since = executions.oldestSince();
  observe('executionsOpen', inFlight.executions);
  observe('operationsOpen', inFlight.operations);
  observe('oldestOpen', since === undefined ? 0 : (performance.now() - since) / 1000);
  const { undelivered, deadLetters, usedBytes, limitBytes, oldestUndelivered } = journal();
  observe('outboxSpans', undelivered);
  observe('deadLetters', deadLetters);
  observe('journalUsed', usedBytes);
  if (limitBytes !== undefined) observe('journalLimit', limitBytes);
  observe('deliveryLag', oldestUndelivered === undefined ? 0 : Math.max(0, (Date.now() - oldestUndelivered) / 1000));
  observe('ready', ready() ? 1 : 0);
  for (const [quantile, seconds] of eventLoop.read()) observe('eventLoopLag', seconds, { quantile: String(quantile) });
}
