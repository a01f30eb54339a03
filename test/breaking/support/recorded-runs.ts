/** Recorded runs as a stream of many: copies with ids of their own. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { recordingNames, recordingPath } from '../../support/recordings.ts';

const GENERATION = '1.15.30';
const LEFT_OUT: ReadonlySet<string> = new Set([
  // Its operations never end: they are let go by a clock, not by what has come.
  '20_crash',
  // Its crews do not name their parents: what is inferred depends on what a kill keeps back until others have settled.
  '12g_flow_user_threadpool',
  // Calls that fail have two ends. The second is late where a kill keeps it back until the span has settled.
  '04a_llm_500',
  '24_failed_then_good_same_process',
]);
/** Tells of a tool that has ended, and comes after its end: where a kill keeps it back, after its span. */
const TELLS_OF_THE_PAST = '"tool_failure_detected"';
const UUID = /[0-9a-f]{8}(?=(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/g;

/** A flow is resumed after it was paused, by a run of its own: one follows the other. */
const RESUMED = new Map([['17b_flow_paused', '17c_flow_resumed']]);

/** The events of each run, as JSON texts in their order; `copies` of each. */
export function recordedRuns(copies: number): string[][] {
  const second = new Set(RESUMED.values());
  const names = recordingNames(GENERATION).filter(name => !LEFT_OUT.has(name) && !second.has(name));
  return Array.from({ length: copies }, (_, copy) => names.map(name => withResumption(name, copy))).flat();
}

function withResumption(name: string, copy: number): string[] {
  const resumed = RESUMED.get(name);
  return [...copyOf(name, copy), ...(resumed === undefined ? [] : copyOf(resumed, copy))];
}

function copyOf(name: string, copy: number): string[] {
  const text = readFileSync(recordingPath(GENERATION, name), 'utf8').trim();
  const lines = text.replaceAll(UUID, start => digest(`${copy} ${start}`)).split('\n');
  return lines.filter(line => !line.includes(TELLS_OF_THE_PAST));
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);
