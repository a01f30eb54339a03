/** What assembly needs to know of an event, read once from `data` and small enough to keep while the event waits. */
import type { EventRole } from './catalogue.ts';
import type { CallerContext } from './trace-context.ts';

/** Tokens of one LLM call. Absent is not zero. */
export interface Usage {
  /** Includes what was read from a cache. */
  readonly input?: number | undefined;
  /** Includes reasoning. */
  readonly output?: number | undefined;
  readonly cacheRead?: number | undefined;
  readonly cacheWrite?: number | undefined;
  readonly reasoning?: number | undefined;
}

/** What an operation hands down to everything inside it that does not say otherwise. */
export interface Context {
  readonly crewName?: string | undefined;
  readonly flowName?: string | undefined;
  readonly taskId?: string | undefined;
  readonly taskName?: string | undefined;
  readonly agentId?: string | undefined;
  readonly agentRole?: string | undefined;
  /** CrewAI's digest of role, goal and backstory: the same for two agents that are alike. */
  readonly agentKey?: string | undefined;
  /** A real conversation id only (`session_id`, an A2A `context_id`, a configured input), never an id of the run. */
  readonly conversationId?: string | undefined;
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
  readonly sequence: number | undefined;
  readonly parentId: string | undefined;
  readonly startedId: string | undefined;
  readonly callId: string | undefined;
  /** The event that was emitted right before this one in the same context. */
  readonly previousId: string | undefined;
  /** Own values of this event; not yet what it inherits. */
  readonly context: Context;
  /** What the operation is about, to pair without ids: the name of a tool, a model, a method, a kind of memory. */
  readonly subject: string | undefined;
  /** Short scalar fields, where CrewAI gives a pair no ids: what both events of a pair share tells it from the others. */
  readonly fields: Readonly<Record<string, string>> | undefined;
  /** A digest of the arguments of a tool, the same for an object and for its JSON text; or of what a memory is asked. */
  readonly args: string | undefined;
  /** A digest of each message of an LLM call, in their order: an end repeats those of its start, or goes on from them. */
  readonly messages: readonly number[] | undefined;
  /** An LLM call that was handed functions to call: tools run inside it. */
  readonly runsTools: boolean;
  /** CrewAI's own machinery (the flow `AgentExecutor` and its kin): no span, its children belong to its parent. */
  readonly transparent: boolean;
  /**
   * Says that it failed although its type says that it finished (`failure` of a tool, `status` of a delegation,
   * `success` of a step).
   */
  readonly failed: boolean;
  /** Of an end: how long the operation took by its own account, in microseconds. */
  readonly elapsed: number | undefined;
  /** Of an LLM call's end. */
  readonly usage: Usage | undefined;
  /** The trace that the run was started from, by the inputs of its kickoff. */
  readonly caller: CallerContext | 'invalid' | undefined;
  /** The id that a flow keeps over a pause: `flow_id`, or its state's id. */
  readonly flowId: string | undefined;
}
