/** All that is in flight: executions, their operations, and what has no place among these yet. */
import type { Family, OperationKind } from '../crewai/catalogue.ts';
import type { Context, EventFacts } from '../crewai/facts.ts';
import type { CallerContext } from '../crewai/trace-context.ts';
import type { ExecutionKey, Position } from '../journal/journal.ts';
import { type Few, find } from './collections/few.ts';
import type { Groups } from './collections/groups.ts';
import type { Queue } from './collections/queue.ts';
import type { InLine } from './collections/recency.ts';
import type { Waiting } from './collections/schedule.ts';
import { compareEvents, type EventPlace } from './order.ts';
import type { ParentCertainty } from './settled.ts';

/** An event on its way through assembly. */
export interface ArrivedEvent<D> {
  readonly facts: EventFacts;
  /** What the reader of events kept of its `data`; never looked into here. Nothing, once the event is let go. */
  detail: D;
  /** The body that it came in, to tell the journal when it is done with. */
  readonly position: Position;
  /** By the clock of arrival, milliseconds. */
  readonly arrived: number;
  /** About how much of the heap it takes up as long as it is held, in bytes. */
  readonly weight: number;
}

/** What the reader of events makes of one. */
export type ReadEvent<D> = Pick<ArrivedEvent<D>, 'facts' | 'detail' | 'weight'>;

/** An operation while something may still change its span. */
export interface Operation<D> extends Waiting {
  readonly is: 'operation';
  readonly execution: Execution<D>;
  /** The start event's id, as received or as an end named it; else the end's own. */
  readonly id: string;
  kind: OperationKind;
  start: ArrivedEvent<D> | undefined;
  /** Of all that claim to end it, the first in order of events. */
  end: ArrivedEvent<D> | undefined;
  /** The others, in no order: they become marks. */
  otherEnds: ArrivedEvent<D>[] | undefined;
  /** The ends were found by likeness, not named by an id. */
  pairedByInference: boolean;
  marks: ArrivedEvent<D>[] | undefined;
  chunks: ArrivedEvent<D>[] | undefined;
  /** Where it stands: see lineage.ts. */
  parent: Operation<D> | Ancestor | undefined;
  parentCertainty: ParentCertainty;
  /** The top of its way up, once that is known: itself, for a root. */
  root: Operation<D> | Ancestor | undefined;
  /**
   * Operations below that have not settled: direct children, what children that settled left behind, and what is expected
   * there for as long as it waits for the parent that it names.
   */
  children: Few<Operation<D>>;
  /** The parent id that it waits for, while nothing has shown that. */
  awaits: string | undefined;
  /** Where it stands if that does not come, by what had begun before it; or stood before its events were read again. */
  expected: Operation<D> | Ancestor | undefined;
  /** Whose `children` it is one of. */
  heldBy: Operation<D> | undefined;
  /** By the clock of arrival, milliseconds: when the last event of its own came. */
  touched: number;
  /** It names no parent and has no place yet. */
  placeless: boolean;
  /** No place was found for it, though it can be no root. */
  homeless: boolean;
  /** The operation of another execution that a run names as its parent. */
  outer: Operation<D> | undefined;
  /** What it keeps of the operations inside it that have settled. */
  inside: Inside | undefined;
  /** How many operations of each family began directly inside it, gone through so far. */
  begun: Counts | undefined;
  /** What it is known to hand down, once its way up is known. */
  context: Context | undefined;
  /** The first event that told which task it works on, where its own events do not. */
  heard: Hearsay | undefined;
  /** What spoke for its end, where that was inferred. */
  whyEnd: readonly string[] | undefined;
  /** Another event tells where it stood: no rule knows better. */
  isWitnessed: boolean;
  /** The id that a flow keeps over a pause. */
  flowId: string | undefined;
  settled: boolean;
}

/** By family. */
export type Counts = Partial<Record<Family, number>>;

/** What an event said of the operation around it, and where the event stands in the order of events. */
export interface Hearsay {
  readonly place: EventPlace;
  readonly taskId: string;
}

/** What is left of the operations inside one that have settled: their events are not held any more. */
export interface Inside {
  /** Microseconds: the last thing known to have happened there, below it too. */
  lastTime: number;
  /** By the clock of arrival, milliseconds: the last event that came for any of it. */
  lastArrived: number;
  /** How many of each family began directly there. */
  begun: Counts | undefined;
  /** Of an agent: its LLM and tool calls. */
  calls: { llm: number; tool: number } | undefined;
  /** Of a root: the sums below it. */
  tally: RunningTally | undefined;
  /** The journal was told of it. */
  recorded: boolean;
}

/** An operation that has settled: what its children still need of it, and all that is kept of it on disk. */
export interface Ancestor {
  readonly is: 'ancestor';
  readonly id: string;
  readonly base: string;
  /** The nearest operation above that has a span. */
  readonly parentId: string | undefined;
  readonly transparent: boolean;
  /** No start had come when it settled: a start of this id that still comes is late, not a repeat. */
  readonly startMissing: boolean;
  readonly startTime: number;
  readonly endTime: number;
  readonly rootId: string;
  readonly ended: boolean;
  readonly failed: boolean;
  readonly insideTool: boolean;
  readonly caller: CallerContext | undefined;
  readonly context: Context;
}

/** A mark or a chunk without a place: it names no parent, or one that is not known. */
export interface LooseMark<D> extends Waiting {
  readonly is: 'mark';
  readonly execution: Execution<D>;
  readonly event: ArrivedEvent<D>;
  /** The parent id that it waits for, or that of the end that it follows. */
  readonly awaits: string | undefined;
  /** It has found its place. */
  done: boolean;
}

/** Whether it waits for the end that it follows, to tell of that one's operation. */
export function followsEnd({ awaits, event: { facts } }: LooseMark<unknown>): boolean {
  return (
    facts.role.is === 'mark' && facts.role.follows !== undefined && awaits !== undefined && awaits === facts.previousId
  );
}

/** An end without a start: it names none that is known, or only likeness can tell. */
export interface LooseEnd<D> extends Waiting {
  readonly is: 'end';
  readonly execution: Execution<D>;
  readonly event: ArrivedEvent<D>;
  readonly kind: OperationKind;
  /** It is known that no start that has come fits. */
  alone: boolean;
  /** It has found its place. */
  done: boolean;
}

export type Item<D> = Operation<D> | LooseMark<D> | LooseEnd<D>;

/** How far the order of events was gone through for what ids leave open: see inference/sweep.ts. */
export interface Sweep<D> {
  /** Not yet gone through. Of marks only chunks: they belong to the call that was open when they came. */
  readonly ahead: Queue<Item<D>>;
  /** Gone through and, as far as is known, not over: what may contain something. */
  containers: Few<Operation<D>>;
  /** Over, the last of them: a late event, or a save in the background, may still belong to one. Oldest first. */
  over: Few<Operation<D>>;
  /** Gone through and without an end. */
  open: Few<Operation<D>>;
  /** Ends that found no start, by base. */
  unmatched: Groups<LooseEnd<D>> | undefined;
  /** How far it went, in microseconds. */
  reached: number;
  /** Of what is over, something was let go without its end, and may be open still. */
  letGoOpen: boolean;
}

/** All that is in flight of one execution. As thousands may be open, what most have none of is made when it is needed. */
export interface Execution<D> extends InLine<Execution<D>> {
  readonly is: 'execution';
  /** An object of its own: whoever needs it for longer than the events are held keeps nothing but this. */
  readonly key: ExecutionKey;
  /** By id: see `operationOf`. */
  operations: Few<Operation<D>>;
  /** LLM operations by `call_id`, which their ends and chunks carry as well: see `callOf`. */
  calls: Few<Operation<D>>;
  /** Ends and chunks by the `call_id` that no start has shown yet. */
  callsAwaited: Groups<LooseEnd<D> | LooseMark<D>> | undefined;
  /** Ends by the start that they name, of which an end of another kind was all that had come. */
  startsAwaited: Groups<LooseEnd<D>> | undefined;
  /** Operations and marks by the parent id that nothing has shown yet; marks by the end that they follow. */
  parentsAwaited: Groups<Operation<D> | LooseMark<D>> | undefined;
  /** Operations whose end was found by likeness, by the id of that end. */
  inferredEnds: Map<string, Operation<D>> | undefined;
  /** Operations by the id of the event that their end names as the one right before it. */
  endsAwaited: Map<string, Operation<D>> | undefined;
  /** Decides what ids leave open. */
  readonly sweep: Sweep<D>;
  looseMarks: Set<LooseMark<D>> | undefined;
  /** Custom events that look like an end, as long as no start is found for them. */
  loneEnds: Set<LooseEnd<D>> | undefined;
  /** Events that are held here, by id: see `eventOf`. */
  seen: Few<ArrivedEvent<D>>;
  /** About how much of the heap these take up, and what is over and stays in sight, in bytes. */
  weight: number;
  /** Of that, what is over. */
  weightOver: number;
  /** By the clock of arrival, milliseconds: when its last event came. */
  touched: number;
  /** When it was last put in order by that, which is done only now and then. */
  ordered: number;
  /** Nothing of it was ever let go, so that there is no skeleton to look for. */
  isFresh: boolean;
  /** Its events have left the heap: who needs it again has to look for it anew. */
  atRest: boolean;
  /** An end of any operation has come: the sender does send ends. */
  endsSeen: boolean;
}

export interface RunningTally {
  input: number | undefined;
  output: number | undefined;
  llmCalls: number;
  toolCalls: number;
  failedOperations: number;
}

export const operationId = ({ id }: Operation<unknown>): string => id;
export const eventId = ({ facts }: ArrivedEvent<unknown>): string => facts.id;
export const callId = ({ start }: Operation<unknown>): string => start?.facts.callId ?? '';

export function operationOf<D>({ operations }: Execution<D>, id: string): Operation<D> | undefined {
  return find(operations, id, operationId);
}

export function eventOf<D>({ seen }: Execution<D>, id: string): ArrivedEvent<D> | undefined {
  return find(seen, id, eventId);
}

export function callOf<D>({ calls }: Execution<D>, id: string | undefined): Operation<D> | undefined {
  return id === undefined ? undefined : find(calls, id, callId);
}

/** The start, or the end that stands for it. */
export function leadOf<D>(operation: Operation<D>): ArrivedEvent<D> | undefined {
  return operation.start ?? operation.end;
}

export function hasFailed(end: ArrivedEvent<unknown> | undefined): boolean {
  const facts = end?.facts;
  return facts?.role.is === 'end' && (facts.failed || facts.role.outcome === 'failed');
}

export function isTransparent(node: Operation<unknown> | Ancestor): boolean {
  return node.is === 'ancestor' ? node.transparent : (leadOf(node)?.facts.transparent ?? false);
}

/** The event by which it stands in the order of events. */
export function eventBy<D>(item: Item<D>): ArrivedEvent<D> | undefined {
  return item.is === 'operation' ? leadOf(item) : item.event;
}

/** In the order of events. */
export function compareItems(a: Item<unknown>, b: Item<unknown>): number {
  const first = eventBy(a);
  const second = eventBy(b);
  return first === undefined || second === undefined ? 0 : compareEvents(first.facts, second.facts);
}

/** Where it lies in time, by what is known of it now. Microseconds. */
export function intervalOf(operation: Operation<unknown>): { readonly from: number; readonly to: number } {
  const end = operation.end?.facts;
  const from =
    operation.start?.facts.time ?? (end === undefined ? Number.POSITIVE_INFINITY : end.time - (end.elapsed ?? 0));
  return { from, to: end?.time ?? Number.POSITIVE_INFINITY };
}
