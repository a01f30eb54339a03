/** Reads a recorded run from a file: webhook bodies or single events, one JSON text a line or one in the whole file. */
import { readFileSync } from 'node:fs';
import type { IncomingEvent } from '../crewai/event.ts';
import { field } from '../crewai/readers.ts';
import { CrewspanError } from '../errors.ts';
import { jsonText } from '../json-text.ts';
import { messageOf } from '../thrown.ts';
import { readBody } from '../webhook/envelope.ts';
import { parsePythonJson } from '../webhook/python-json.ts';

export interface Recording {
  /** What was sent, a request each. */
  readonly bodies: readonly Uint8Array[];
  readonly events: readonly IncomingEvent[];
  /** What is wrong with the events that are left out. */
  readonly faults: readonly string[];
}

/** `-` stands for standard input. Throws `CREWSPAN_INPUT` when nothing in the file can be read as events. */
export function readRecording(file: string): Recording {
  const bytes = readBytes(file);
  const whole = readBody(bytes);
  const bodies = whole.ok ? [bytes] : linesOf(bytes);
  const events: IncomingEvent[] = [];
  const faults: string[] = [];
  for (const [index, body] of bodies.entries()) {
    const reading = readBody(body);
    if (!reading.ok) faults.push(`line ${index + 1}: ${reading.error}`);
    else {
      // One by one: a body may hold more of them than a call takes arguments.
      for (const event of reading.events) events.push(event);
      for (const { error } of reading.rejected) faults.push(`line ${index + 1}: ${error}`);
    }
  }
  if (events.length === 0) throw unfit(file, `holds no webhook events: ${faults[0] ?? 'it is empty'}`);
  return { bodies, events, faults };
}

/** The events of a file as JSON texts, as they stand there; their validity is the receiver's business. */
export function readEventTexts(file: string): readonly string[] {
  const bytes = readBytes(file);
  const texts = readBody(bytes).ok ? [bytes] : linesOf(bytes);
  const events = texts.flatMap((text, index) => {
    const body = parsePythonJson(new TextDecoder().decode(text));
    if (!body.ok) throw unfit(file, `holds something else than webhook events: line ${index + 1} is not JSON`);
    const list = field(body.value, 'events') ?? body.value;
    return Array.isArray(list) ? list : [list];
  });
  if (events.length === 0) throw unfit(file, 'holds no webhook events: it is empty');
  return events.map(jsonText);
}

function unfit(file: string, what: string): CrewspanError {
  const name = file === '-' ? 'standard input' : file;
  return new CrewspanError('CREWSPAN_INPUT', `${name} ${what}. Give webhook bodies, or one event per line.`);
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (cause) {
    throw new CrewspanError('CREWSPAN_INPUT', `cannot read ${file}: ${messageOf(cause)}`, { cause });
  }
}

const NEWLINE = 10;

function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let from = 0; from < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, from);
    const to = newline === -1 ? bytes.length : newline;
    if (to > from) lines.push(bytes.subarray(from, to));
    from = to + 1;
  }
  return lines;
}
