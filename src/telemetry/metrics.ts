/** crewspan's own metrics: turns what the rooms tell of themselves into the instruments of the catalogue. */
import { SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { AssemblyStep } from '../assembly/ledger.ts';
import type { DeliveryEvent } from '../delivery/record.ts';
import type { JournalStats } from '../journal/journal.ts';
import type { Outcome, ServiceEvent } from '../service-events.ts';
import type { EventDetail } from '../spans/detail.ts';
import { familyName } from '../spans/families/families.ts';
import type { AnsweredRequest } from '../webhook/server.ts';
import { type EventLoopWatch, watchEventLoop } from './event-loop.ts';
import { createInstruments, type Instruments, type ObserveGauge } from './instruments.ts';
import { createLabelCap, type Labels } from './labels.ts';
import { createOpenExecutions, type OpenExecutions } from './open-executions.ts';
import { tokenUseOf } from './tokens.ts';

/** Sources that have series of their own: only where no token proves a source can there be more. */
export const MAX_SOURCES = 200;
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
  const sourceOf = createLabelCap(MAX_SOURCES);
  const causeOf = createLabelCap(MAX_CAUSES);
  const tokenSetOf = createLabelCap(MAX_TOKEN_SETS);

  function kept(source: Labels, outcomes: readonly Outcome[]): void {
    const count = (wanted: Outcome): number => outcomes.filter(outcome => outcome === wanted).length;
    counters.eventsAccepted.add(count('accepted'), source);
    counters.eventsRepeated.add(count('repeated'), source);
    counters.eventsRejected.add(count('conflicting'), { ...source, reason: 'conflicting' });
  }

  function settled(step: AssemblyStep<EventDetail>, spans: readonly ReadableSpan[]): void {
    for (const [index, operation] of step.operations.entries()) {
      const status = spans[index]?.status.code === SpanStatusCode.ERROR ? 'error' : 'unset';
      counters.spansSettled.add(1, { family: familyName(operation.kind.family), status });
      const use = tokenUseOf(operation);
      if (use === undefined) continue;
      const labels = tokenSetOf(use.labels);
      for (const [type, count] of use.counts) counters.tokens.add(count, { token_type: type, ...labels });
    }
    for (const { reason } of step.leftovers) counters.eventsLate.add(1, { reason });
    for (const key of step.left) {
      const missing = open.left(key);
      if (everythingSubscribed && missing > 0) counters.eventsMissing.add(missing);
    }
  }

  startAtZero(
    instruments,
    [...sources].map(source => sourceOf({ source })),
  );

  return {
    request({ status, source, rejectedEvents }) {
      counters.webhookRequests.add(1, { status: String(status) });
      if (rejectedEvents > 0) {
        counters.eventsRejected.add(rejectedEvents, { ...sourceOf({ source }), reason: 'invalid' });
      }
    },
    service(event) {
      switch (event.type) {
        case 'received':
          return counters.webhookBytes.add(event.bytes, sourceOf({ source: event.source }));
        case 'kept':
          return kept(sourceOf({ source: event.source }), event.outcomes);
        case 'refused':
          return counters.eventsRejected.add(event.events, {
            ...sourceOf({ source: event.source }),
            reason: 'unavailable',
          });
        case 'taken':
          return open.note(event.source, event.facts, event.replayed);
        case 'settled':
          return settled(event.step, event.spans);
      }
    },
    delivery(event) {
      switch (event.type) {
        case 'export':
          return;
        case 'delivered':
          return counters.spansDelivered.add(event.spans);
        case 'rejected':
          return counters.spansRejected.add(event.spans, { cause: PARTIAL_SUCCESS });
        case 'buried':
          return counters.spansDeadLettered.add(event.spans, causeOf({ cause: event.cause }));
        case 'retry':
          return counters.spansRetried.add(event.spans, causeOf({ cause: event.cause }));
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
const REJECTIONS = ['invalid', 'conflicting', 'unavailable'];
const STATUSES = ['200', '400', '401', '413', '415', '503'];

/** A series that begins with its first count shows no increase by it: what is known beforehand begins at 0. */
function startAtZero({ counters }: Instruments, sources: readonly Labels[]): void {
  for (const source of sources) {
    for (const counter of [counters.eventsAccepted, counters.eventsRepeated, counters.webhookBytes])
      counter.add(0, source);
    for (const reason of REJECTIONS) counters.eventsRejected.add(0, { ...source, reason });
  }
  for (const status of STATUSES) counters.webhookRequests.add(0, { status });
  for (const reason of ['late', 'unplaced']) counters.eventsLate.add(0, { reason });
  counters.eventsMissing.add(0);
  counters.spansDelivered.add(0);
  counters.spansRejected.add(0, { cause: PARTIAL_SUCCESS });
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
