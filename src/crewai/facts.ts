/** What assembly needs to know of an event, read once from `data` and small enough to keep while the event waits. */
import type { EventRole } from './catalogue.ts';

/** Tokens of one LLM call. Absent is not zero. */
export interface Usage {
  /** Includes what was read from a cache. */
  readonly input?: number;
  /** Includes reasoning. */
  readonly output?: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  readonly reasoning?: number;
}

/** What an operation hands down to everything inside it that does not say otherwise. */
export interface Context {
  readonly crewName?: string;
  readonly flowName?: string;
  readonly taskId?: string;
  readonly taskName?: string;
  readonly agentId?: string;
  readonly agentRole?: string;
  /** A real conversation id only (`session_id`, an A2A `context_id`, a configured input), never an id of the run. */
  readonly conversationId?: string;
}

export interface EventFacts {
  /** `data.event_id`, else the envelope's id. Parents and ends refer to it. */
  readonly id: string;
  readonly executionId: string;
  readonly type: string;
  readonly role: EventRole;
  /** Microseconds since the Unix epoch, UTC. */
  readonly time: number;
  /** `emission_sequence`: counts per context and repeats, so it only breaks ties. */
  readonly sequence?: number;
  readonly parentId?: string;
  readonly startedId?: string;
  readonly callId?: string;
  /** Own values of this event; not yet what it inherits. */
  readonly context: Context;
  /** What the operation is about, to pair without ids: a tool's name, a plan's step number, a custom event's fields. */
  readonly subject?: string;
  /** CrewAI's own machinery (the flow `AgentExecutor` and its kin): no span, its children belong to its parent. */
  readonly transparent?: true;
  /** Says that it failed although its type says that it finished (`failure` of a tool, `status` of a delegation). */
  readonly failed?: true;
  /** Of an end: how long the operation took by its own account, in microseconds. */
  readonly elapsed?: number;
  /** Of an LLM call's end. */
  readonly usage?: Usage;
  /** The id that a flow keeps over a pause: `flow_id`, or its state's id. */
  readonly flowId?: string;
  /** W3C `traceparent` from the inputs of a kickoff, unchecked. */
  readonly traceparent?: string;
}
