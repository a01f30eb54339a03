/** What stays of a settled operation, as the journal keeps it. */
import type { EventFacts } from '../../crewai/facts.ts';
import type { CallerContext } from '../../crewai/trace-context.ts';
import type { Skeleton } from '../../journal/journal.ts';
import type { Ancestor } from '../operation.ts';

/** Where a flow was left when it paused. */
export interface Pause {
  readonly executionId: string;
  readonly operationId: string;
  readonly caller?: CallerContext | undefined;
  /** Microseconds since the Unix epoch, UTC. */
  readonly time: number;
}

/** Each operation leaves one behind: without names it is half as large, and takes half as long to write. */
type Row = readonly [
  base: string,
  parentId: string | null,
  rootId: string,
  startTime: number,
  endTime: number,
  traits: number,
  context: readonly (string | null | undefined)[],
  caller: CallerContext | null,
];

const TRANSPARENT = 1;
const START_MISSING = 2;
const ENDED = 4;
const FAILED = 8;
const INSIDE_TOOL = 16;

export function encodeAncestor(ancestor: Ancestor): Uint8Array {
  const { base, parentId, rootId, startTime, endTime, context, caller } = ancestor;
  const { crewName, flowName, taskId, taskName, agentId, agentRole, conversationId } = context;
  const inherited = [crewName, flowName, taskId, taskName, agentId, agentRole, conversationId];
  const row: Row = [base, parentId ?? null, rootId, startTime, endTime, traitsOf(ancestor), inherited, caller ?? null];
  return Buffer.from(JSON.stringify(row));
}

function traitsOf({ transparent, startMissing, ended, failed, insideTool }: Ancestor): number {
  return (
    (transparent ? TRANSPARENT : 0) |
    (startMissing ? START_MISSING : 0) |
    (ended ? ENDED : 0) |
    (failed ? FAILED : 0) |
    (insideTool ? INSIDE_TOOL : 0)
  );
}

/** Reads what `encodeAncestor` wrote; the skeleton of an event that stands for no operation has none. */
export function decodeAncestor(skeleton: Skeleton | undefined): Ancestor | undefined {
  if (skeleton?.operation === undefined) return undefined;
  const row = readJson(skeleton.operation) as Row;
  const [base, parentId, rootId, startTime, endTime, traits, inherited, caller] = row;
  const [crewName, flowName, taskId, taskName, agentId, agentRole, conversationId] = inherited.map(
    value => value ?? undefined,
  );
  return {
    is: 'ancestor',
    id: skeleton.eventId,
    base,
    parentId: parentId ?? undefined,
    transparent: (traits & TRANSPARENT) !== 0,
    startMissing: (traits & START_MISSING) !== 0,
    startTime,
    endTime,
    rootId,
    ended: (traits & ENDED) !== 0,
    failed: (traits & FAILED) !== 0,
    insideTool: (traits & INSIDE_TOOL) !== 0,
    caller: caller ?? undefined,
    context: { crewName, flowName, taskId, taskName, agentId, agentRole, conversationId },
  };
}

export function readJson({ buffer, byteOffset, byteLength }: Uint8Array): unknown {
  return JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString());
}

/**
 * Beside what the skeleton of an event lies, by what the event says itself: so it is found when the event comes again.
 * Starts are looked for by their ids alone, by what they began.
 */
export function besideOf({ id, role, startedId, parentId }: EventFacts): string | undefined {
  if (role.is === 'start') return undefined;
  const named = role.is === 'end' ? startedId : parentId;
  return named === id ? undefined : named;
}

/** A call that has settled is known by its `call_id` too: an end or a chunk may name nothing else. */
export function callKey(callId: string): string {
  return `call:${callId}`;
}

/** Pauses are found by the flow's own id, across executions: no execution has an empty id. */
export function pauseKey(source: string, flowId: string): Pick<Skeleton, 'execution' | 'eventId'> {
  return { execution: { source, executionId: '' }, eventId: `paused:${flowId}` };
}

export function encodePause(pause: Pause): Uint8Array {
  return Buffer.from(JSON.stringify(pause));
}

export function decodePause(skeleton: Skeleton | undefined): Pause | undefined {
  if (skeleton?.operation === undefined) return undefined;
  return readJson(skeleton.operation) as Pause;
}
