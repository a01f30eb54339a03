/** Bodies without the events of one execution, prompts and all. */
import { field } from '../crewai/readers.ts';
import { jsonText } from '../json-text.ts';
import { entriesOf, isEvent } from '../webhook/envelope.ts';
import { parsePythonJson } from '../webhook/python-json.ts';
import { wellFormed } from '../well-formed.ts';

export interface Cleansed {
  /** Events of the execution in the body. */
  readonly count: number;
  /** What is left of the body; `undefined`: nothing that counts. */
  readonly bytes: Uint8Array | undefined;
}

const decoder = new TextDecoder('utf-8');

/**
 * Each event of the execution becomes null, also one that was rejected: its content lies there as well. The others
 * keep their places. What crewspan reads of them stays the same, although the body is written anew.
 */
export function withoutExecution(bytes: Uint8Array, executionId: string): Cleansed {
  const json = parsePythonJson(decoder.decode(bytes));
  const entries = json.ok ? entriesOf(json.value) : undefined;
  if (entries === undefined) return { count: 0, bytes };
  const left = entries.map(entry => (executionIdOf(entry) === executionId ? null : entry));
  const count = entries.filter((entry, index) => entry !== null && left[index] === null).length;
  if (count === 0) return { count, bytes };
  // Nothing would ever release a body without an event, and while it lay there nothing could be forgotten.
  return { count, bytes: left.some(isEvent) ? padded(jsonText({ events: left }), bytes.length) : undefined };
}

/** To its old length, by blanks: how many lists and objects are read of a body goes by how long it is. */
function padded(text: string, length: number): Uint8Array {
  const body = Buffer.from(text);
  return Buffer.concat([body, Buffer.alloc(Math.max(0, length - body.length), ' ')]);
}

function executionIdOf(entry: unknown): string | undefined {
  const id = field(entry, 'execution_id');
  return typeof id === 'string' ? wellFormed(id) : undefined;
}
