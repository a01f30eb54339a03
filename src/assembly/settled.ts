/** What assembly hands on: one operation, finished for good. */
import type { OperationKind } from '../crewai/catalogue.ts';
import type { Context, Usage } from '../crewai/facts.ts';
import type { CallerContext } from '../crewai/trace-context.ts';

/** How sure assembly is of where an operation stands. */
export type ParentCertainty = 'exact' | 'inferred' | 'root';
export type PairingCertainty = 'exact' | 'inferred';

/**
 * How an operation ended. `abandoned`: no end came and the run is taken to have died. `open`: no end came, and nothing
 * says that anything went wrong.
 */
export type Outcome = 'completed' | 'failed' | 'paused' | 'canceled' | 'abandoned' | 'open';

/** An event as part of an operation. `D` is what the reader of events kept of its `data`; assembly never looks inside. */
export interface PlacedEvent<D> {
  readonly id: string;
  readonly type: string;
  /** Microseconds since the Unix epoch, UTC. */
  readonly time: number;
  readonly detail: D;
}

export interface OperationLink {
  /**
   * `resumed`: to the segment of a flow that paused, from the one that goes on. `parent_execution`: to the operation
   * that a run was started in, from the root of that run.
   */
  readonly reason: 'resumed' | 'parent_execution';
  readonly executionId: string;
  /** The operation's id there: the id of its start event. */
  readonly operationId: string;
  /** The trace that the run there was started from. */
  readonly caller: CallerContext | undefined;
}

/** Sums over what ended below a root by its end. */
export interface Tally {
  readonly usage: Usage;
  readonly llmCalls: number;
  readonly toolCalls: number;
  readonly failedOperations: number;
}

export interface SettledOperation<D> {
  readonly source: string;
  readonly executionId: string;
  /** The start event's id, as received or as an end named it; the end's own id where neither is known. */
  readonly id: string;
  readonly kind: OperationKind;
  /** At least one of `start` and `end` is there. */
  readonly start: PlacedEvent<D> | undefined;
  readonly end: PlacedEvent<D> | undefined;
  /** Microseconds since the Unix epoch, UTC; `endTime >= startTime`. */
  readonly startTime: number;
  readonly endTime: number;
  /** The end came out before the start and was set equal to it. */
  readonly clamped: boolean;
  readonly outcome: Outcome;
  readonly incomplete: 'no_start' | 'no_end' | undefined;
  /** The operation above it that has a span; `undefined` for a root. */
  readonly parentId: string | undefined;
  readonly parentCertainty: ParentCertainty;
  readonly pairing: PairingCertainty;
  /** Own values first, then those of the nearest ancestor that has them. */
  readonly context: Context;
  /** In order of time. */
  readonly marks: readonly PlacedEvent<D>[];
  /** Pieces of a streamed answer: how many, and when the first came. */
  readonly chunks: { readonly count: number; readonly firstTime: number } | undefined;
  readonly links: readonly OperationLink[];
  /** The trace that its run was started from. */
  readonly caller: CallerContext | undefined;
  /** The names of the rules by which its place and its end were inferred. */
  readonly why: { readonly parent: readonly string[]; readonly end: readonly string[] };
  /** A tool operation stands somewhere above it. */
  readonly insideTool: boolean;
  /** LLM and tool calls that ended directly or deeper inside it, for the families that report them. */
  readonly calls: { readonly llm: number; readonly tool: number };
  /** On a root only. */
  readonly tally: Tally | undefined;
}
