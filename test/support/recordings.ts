import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../recordings/', import.meta.url));

/** A webhook event as CrewAI sent it. */
export interface RecordedEvent {
  readonly id: string;
  readonly execution_id: string;
  readonly timestamp: string;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

/** What must come of an operation, by an independent record of the calls. */
export interface ExpectedOperation {
  readonly id: string;
  readonly type: string;
  readonly execution: string;
  /** Start events of the acceptable parents; `''` for a root. */
  readonly parents: readonly string[];
  readonly end: string | null;
  readonly failed?: boolean;
  readonly called: boolean;
  readonly start_time: string;
  readonly end_time: string | null;
}

export function recordingNames(generation: string): readonly string[] {
  return readdirSync(ROOT + generation)
    .filter(file => file.endsWith('.jsonl'))
    .map(file => file.slice(0, -'.jsonl'.length))
    .sort();
}

/** Generation and name of each recording that the project holds. */
export function recordings(): readonly (readonly [generation: string, name: string])[] {
  const folders = readdirSync(ROOT, { withFileTypes: true }).filter(entry => entry.isDirectory());
  return folders.flatMap(({ name }) => recordingNames(name).map(recording => [name, recording] as const));
}

export function recordingPath(generation: string, name: string): string {
  return `${ROOT}${generation}/${name}.jsonl`;
}

export function readRecording(generation: string, name: string): readonly RecordedEvent[] {
  const lines = readFileSync(recordingPath(generation, name), 'utf8').split('\n');
  return lines.filter(line => line !== '').map(line => JSON.parse(line) as RecordedEvent);
}

export function readExpected(generation: string, name: string): readonly ExpectedOperation[] {
  const text = readFileSync(`${ROOT}${generation}/${name}.expected.json`, 'utf8');
  return (JSON.parse(text) as { operations: ExpectedOperation[] }).operations;
}
