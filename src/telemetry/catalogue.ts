/**
 * Every metric that crewspan tells of itself: its name, its labels, and the text that Prometheus shows next to it. The
 * names are public; docs/operations.md explains each, and a test holds the two together.
 */

export interface MetricDefinition {
  /** As Prometheus sees it, with its unit. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** They count from the start of the process. */
export const COUNTERS = {
  eventsAccepted: {
    name: 'crewspan_events_accepted_total',
    labels: ['source'],
    help: 'Events from webhooks that were stored on disk for the first time.',
  },
  eventsRepeated: {
    name: 'crewspan_events_repeated_total',
    labels: ['source'],
    help: 'Events that were known already and changed nothing.',
  },
  eventsRejected: {
    name: 'crewspan_events_rejected_total',
    labels: ['source', 'reason'],
    help: 'Events from webhooks that were not accepted: invalid (not an event), conflicting (the id belongs to other content), unavailable (answered 503).',
  },
  eventsLate: {
    name: 'crewspan_events_late_total',
    labels: ['reason'],
    help: 'Accepted events that no span carries: late (the span was already finished), unplaced (nothing could carry them).',
  },
  eventsMissing: {
    name: 'crewspan_events_missing_total',
    labels: [],
    help: 'Least number of events that never came, by gaps in emission_sequence. Counted when an execution is done, and only if CREWSPAN_EVENTS is all.',
  },
  webhookRequests: {
    name: 'crewspan_webhook_requests_total',
    labels: ['status'],
    help: 'Webhook requests answered, by HTTP status.',
  },
  webhookBytes: {
    name: 'crewspan_webhook_bytes_total',
    labels: ['source'],
    help: 'Bytes of webhook bodies with valid events, decompressed.',
  },
  spansSettled: {
    name: 'crewspan_spans_settled_total',
    labels: ['family', 'status'],
    help: 'Spans finished and put into the outbox, by family of operation and status of the span (unset, error).',
  },
  spansDelivered: {
    name: 'crewspan_spans_delivered_total',
    labels: [],
    help: 'Spans that the backend took.',
  },
  spansRetried: {
    name: 'crewspan_spans_retried_total',
    labels: ['cause'],
    help: 'Spans in exports that failed and will be repeated; a span counts once for each attempt.',
  },
  spansRejected: {
    name: 'crewspan_spans_rejected_total',
    labels: ['cause'],
    help: 'Spans that the backend refused for good while it took the rest of their request (partial_success).',
  },
  spansDeadLettered: {
    name: 'crewspan_spans_dead_lettered_total',
    labels: ['cause'],
    help: 'Spans that the backend refuses while it takes others; kept as dead letters.',
  },
  tokens: {
    name: 'crewspan_tokens_total',
    labels: ['token_type', 'model', 'provider', 'crew', 'agent_role'],
    help: 'Tokens of LLM calls whose spans are finished. cached is part of input, reasoning part of output.',
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** Read when they are asked for. */
export const GAUGES = {
  executionsOpen: {
    name: 'crewspan_executions_open',
    labels: [],
    help: 'Executions that have events in flight.',
  },
  operationsOpen: {
    name: 'crewspan_operations_open',
    labels: [],
    help: 'Operations that have not settled.',
  },
  oldestOpen: {
    name: 'crewspan_oldest_open_execution_seconds',
    labels: [],
    help: 'How long the oldest open execution has been open, counted from the arrival of its first event or from the start of the process.',
  },
  outboxSpans: {
    name: 'crewspan_outbox_spans',
    labels: [],
    help: 'Finished spans that the backend has not taken yet.',
  },
  deliveryLag: {
    name: 'crewspan_delivery_lag_seconds',
    labels: [],
    help: 'Age of the oldest span in the outbox; 0 when it is empty.',
  },
  deadLetters: {
    name: 'crewspan_dead_letters',
    labels: [],
    help: 'Spans kept as dead letters.',
  },
  journalUsed: {
    name: 'crewspan_journal_used_bytes',
    labels: [],
    help: 'Size of the journal, as the quota counts it.',
  },
  journalLimit: {
    name: 'crewspan_journal_limit_bytes',
    labels: [],
    help: 'The quota of the journal (CREWSPAN_MAX_DISK).',
  },
  ready: {
    name: 'crewspan_ready',
    labels: [],
    help: '1 if /readyz says ready, else 0.',
  },
  eventLoopLag: {
    name: 'crewspan_event_loop_lag_seconds',
    labels: ['quantile'],
    help: 'How late the event loop ran since the last scrape.',
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export const HISTOGRAMS = {
  journalFlush: {
    name: 'crewspan_journal_flush_seconds',
    labels: [],
    help: 'Time until data handed to the journal was on disk, including the wait for the previous flush.',
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;
