/** What stays of a settled operation, as the journal keeps it. */
import type { CallerContext } from '../crewai/trace-context.ts';
import type { Skeleton } from '../journal/journal.ts';
import type { Ancestor } from './operation.ts';

/** Where a flow was left when it paused. */
export interface Pause {
  readonly executionId: string;
  readonly operationId: string;
  readonly caller?: CallerContext | undefined;
  /** Microseconds since the Unix epoch, UTC. */
  readonly time: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeAncestor(ancestor: Ancestor): Uint8Array {
  return encoder.encode(JSON.stringify(ancestor));
}

/** Reads what `encodeAncestor` wrote; the skeleton of an event that stands for no operation has none. */
export function decodeAncestor(skeleton: Skeleton | undefined): Ancestor | undefined {
  if (skeleton?.operation === undefined) return undefined;
  return JSON.parse(decoder.decode(skeleton.operation)) as Ancestor;
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
  return encoder.encode(JSON.stringify(pause));
}

export function decodePause(skeleton: Skeleton | undefined): Pause | undefined {
  if (skeleton?.operation === undefined) return undefined;
  return JSON.parse(decoder.decode(skeleton.operation)) as Pause;
}
