/**
 * Everything crewspan knows of CrewAI's event types, as one table. A family of operations is one row; a type that
 * stands in no row is an end or start by its custom suffix, or a mark.
 */

/** The kind of an operation, as `crewspan.family` on its span. Low cardinality: meant for span metrics. */
export type Family =
  | 'crew'
  | 'flow'
  | 'method'
  | 'task'
  | 'agent'
  | 'lite_agent'
  | 'llm'
  | 'tool'
  | 'mcp'
  | 'memory'
  | 'knowledge'
  | 'reasoning'
  | 'guardrail'
  | 'evaluation'
  | 'a2a'
  | 'skill'
  | 'checkpoint'
  | 'context_window'
  | 'conversation'
  | 'plan_step'
  | 'step_observation'
  | 'custom';

/** An agent at work, on a task or kicked off by itself. */
export function isAgent(family: Family | undefined): boolean {
  return family === 'agent' || family === 'lite_agent';
}

/** What an end event says of its operation. */
export type EndOutcome = 'completed' | 'failed' | 'paused' | 'canceled';

/** One row of the table: an operation, with the events that start and end it. */
export interface OperationKind {
  readonly family: Family;
  /** The start's type without its suffix: `crew_kickoff`, `memory_query`. Starts and ends pair within one base. */
  readonly base: string;
  readonly start: string;
  readonly ends: Readonly<Record<string, EndOutcome>>;
  /** CrewAI keeps a scope for it: its ends carry `started_event_id`, and others name it as their parent. */
  readonly scoped: boolean;
  /** May stand at the top of an execution. A missing parent id on any other kind means that the id was lost. */
  readonly canBeRoot: boolean;
}

/** What an event is to assembly. */
export type EventRole =
  | { readonly is: 'start'; readonly kind: OperationKind }
  | { readonly is: 'end'; readonly kind: OperationKind; readonly outcome: EndOutcome }
  /** `follows`: it tells of the operation of this family whose failed end came right before it. */
  | { readonly is: 'mark'; readonly follows?: Family }
  /** One of many pieces of a streamed answer, of an operation of this family: counted, never a mark of its own. */
  | { readonly is: 'chunk'; readonly of: Family };

interface Row {
  readonly family: Family;
  readonly base: string;
  /** Suffix of each end → what it says. */
  readonly ends: Readonly<Record<string, EndOutcome>>;
  readonly scoped?: false;
  readonly canBeRoot?: true;
}

const FINISHES = { finished: 'completed', failed: 'failed', paused: 'paused' } as const;
const COMPLETES = { completed: 'completed', failed: 'failed' } as const;
const EXECUTES = { completed: 'completed', error: 'failed' } as const;

const ROWS: readonly Row[] = [
  { family: 'crew', base: 'crew_kickoff', ends: COMPLETES, canBeRoot: true },
  { family: 'crew', base: 'crew_train', ends: COMPLETES, canBeRoot: true },
  { family: 'crew', base: 'crew_test', ends: COMPLETES, canBeRoot: true },
  { family: 'flow', base: 'flow', ends: FINISHES, canBeRoot: true },
  { family: 'method', base: 'method_execution', ends: FINISHES },
  { family: 'task', base: 'task', ends: COMPLETES },
  { family: 'agent', base: 'agent_execution', ends: EXECUTES },
  { family: 'lite_agent', base: 'lite_agent_execution', ends: EXECUTES, canBeRoot: true },
  { family: 'llm', base: 'llm_call', ends: COMPLETES },
  { family: 'tool', base: 'tool_usage', ends: { finished: 'completed', error: 'failed' } },
  { family: 'mcp', base: 'mcp_connection', ends: COMPLETES },
  { family: 'mcp', base: 'mcp_tool_execution', ends: COMPLETES },
  { family: 'memory', base: 'memory_query', ends: COMPLETES },
  { family: 'memory', base: 'memory_save', ends: COMPLETES },
  { family: 'memory', base: 'memory_retrieval', ends: COMPLETES },
  { family: 'knowledge', base: 'knowledge_search_query', ends: COMPLETES },
  { family: 'knowledge', base: 'knowledge_query', ends: COMPLETES },
  { family: 'reasoning', base: 'agent_reasoning', ends: COMPLETES },
  { family: 'guardrail', base: 'llm_guardrail', ends: COMPLETES },
  { family: 'evaluation', base: 'agent_evaluation', ends: COMPLETES },
  { family: 'a2a', base: 'a2a_conversation', ends: { completed: 'completed' } },
  { family: 'a2a', base: 'a2a_delegation', ends: { completed: 'completed' } },
  { family: 'a2a', base: 'a2a_parallel_delegation', ends: { completed: 'completed' } },
  { family: 'a2a', base: 'a2a_server_task', ends: { ...COMPLETES, canceled: 'canceled' }, canBeRoot: true },
  { family: 'skill', base: 'skill_discovery', ends: { completed: 'completed' }, scoped: false },
  { family: 'skill', base: 'skill_download', ends: { completed: 'completed' }, scoped: false },
  { family: 'checkpoint', base: 'checkpoint', ends: COMPLETES, scoped: false },
  { family: 'checkpoint', base: 'checkpoint_fork', ends: { completed: 'completed' }, scoped: false },
  { family: 'checkpoint', base: 'checkpoint_restore', ends: COMPLETES, scoped: false },
  { family: 'context_window', base: 'context_window_summarization', ends: COMPLETES, scoped: false },
  { family: 'conversation', base: 'conversation_turn', ends: COMPLETES, scoped: false },
  { family: 'plan_step', base: 'plan_step', ends: { completed: 'completed' }, scoped: false },
  { family: 'step_observation', base: 'step_observation', ends: COMPLETES, scoped: false },
];

/** Types that look like a start or an end by their suffix and are none, and those that CrewAI sends alone. */
const MARKS = [
  'SIGCONT',
  'SIGHUP',
  'SIGINT',
  'SIGTERM',
  'SIGTSTP',
  'a2a_agent_card_fetched',
  'a2a_artifact_received',
  'a2a_authentication_failed',
  'a2a_connection_error',
  'a2a_content_type_negotiated',
  'a2a_context_completed',
  'a2a_context_created',
  'a2a_context_expired',
  'a2a_context_idle',
  'a2a_context_pruned',
  'a2a_message_sent',
  'a2a_polling_started',
  'a2a_polling_status',
  'a2a_push_notification_received',
  'a2a_push_notification_registered',
  'a2a_push_notification_sent',
  'a2a_push_notification_timeout',
  'a2a_response_received',
  'a2a_streaming_started',
  'a2a_transport_negotiated',
  'agent_logs_execution',
  'agent_logs_started',
  'cc_env',
  'checkpoint_pruned',
  'codex_env',
  'conversation_message_added',
  'conversation_route_selected',
  'crew_test_result',
  'cursor_env',
  'default_env',
  'flow_created',
  'flow_input_received',
  'flow_input_requested',
  'flow_plot',
  'goal_achieved_early',
  'hook_dispatched',
  'human_feedback_received',
  'human_feedback_requested',
  'mcp_config_fetch_failed',
  'plan_refinement',
  'plan_replan_triggered',
  'skill_activated',
  'skill_load_failed',
  'skill_loaded',
  'skill_used',
  'task_evaluation',
  'tool_execution_error',
  'tool_selection_error',
  'tool_validate_input_error',
] as const;

const AFTERWORDS: Readonly<Record<string, Family>> = { tool_failure_detected: 'tool' };

const CHUNKS: Readonly<Record<string, Family>> = {
  llm_stream_chunk: 'llm',
  llm_thinking_chunk: 'llm',
  a2a_streaming_chunk: 'a2a',
};

const roles = new Map<string, EventRole>();
for (const row of ROWS) {
  const kind: OperationKind = {
    family: row.family,
    base: row.base,
    start: `${row.base}_started`,
    ends: Object.fromEntries(Object.entries(row.ends).map(([suffix, outcome]) => [`${row.base}_${suffix}`, outcome])),
    scoped: row.scoped ?? true,
    canBeRoot: row.canBeRoot ?? false,
  };
  roles.set(kind.start, { is: 'start', kind });
  for (const [type, outcome] of Object.entries(kind.ends)) roles.set(type, { is: 'end', kind, outcome });
}
for (const type of MARKS) roles.set(type, { is: 'mark' });
for (const [type, follows] of Object.entries(AFTERWORDS)) roles.set(type, { is: 'mark', follows });
for (const [type, of] of Object.entries(CHUNKS)) roles.set(type, { is: 'chunk', of });

/** Every type that CrewAI itself is known to send, with its role. */
export const CATALOGUE: ReadonlyMap<string, EventRole> = roles;

const CUSTOM_SUFFIX = /^(.+)_(started|completed|finished|failed|error)$/;
const CUSTOM_OUTCOMES: Readonly<Record<string, EndOutcome>> = {
  completed: 'completed',
  finished: 'completed',
  failed: 'failed',
  error: 'failed',
};
/** A sender may make up types without end; what is remembered of them is bounded. */
const MAX_CUSTOM_ROLES = 10_000;
const customRoles = new Map<string, EventRole>();

/**
 * The role of an event by its type alone. A type that CrewAI does not know is a custom one: `x_started` starts and
 * `x_completed|finished|failed|error` ends an operation of the family `custom`; anything else is a mark.
 */
export function roleOf(type: string): EventRole {
  return roles.get(type) ?? customRoles.get(type) ?? rememberCustom(type, customRole(type));
}

function customRole(type: string): EventRole {
  const [, base, suffix] = CUSTOM_SUFFIX.exec(type) ?? [];
  if (base === undefined || suffix === undefined) return { is: 'mark' };
  const ends = Object.fromEntries(
    Object.entries(CUSTOM_OUTCOMES).map(([ending, outcome]) => [`${base}_${ending}`, outcome]),
  );
  const kind: OperationKind = {
    family: 'custom',
    base,
    start: `${base}_started`,
    ends,
    scoped: false,
    canBeRoot: false,
  };
  const outcome = CUSTOM_OUTCOMES[suffix];
  return outcome === undefined ? { is: 'start', kind } : { is: 'end', kind, outcome };
}

function rememberCustom(type: string, role: EventRole): EventRole {
  if (customRoles.size >= MAX_CUSTOM_ROLES) customRoles.clear();
  customRoles.set(type, role);
  return role;
}
