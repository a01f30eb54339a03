import { CrewspanError } from '../errors.ts';

/** One thing wrong with the configuration. */
export interface Fault {
  /** The variable, or the file. */
  readonly subject: string;
  /** Completes the sentence that begins with the subject: what it should be. */
  readonly expected: string;
  /** Left out if it is secret. */
  readonly value?: string;
}

/** Findings about the settings, gathered while they are read, so that all can be reported at once. */
export interface Remarks {
  readonly faults: Fault[];
  /** What is allowed but probably not intended. */
  readonly warnings: string[];
}

export function hasFault(faults: readonly Fault[], setting: string): boolean {
  return faults.some(({ subject }) => subject === setting);
}

const LONGEST_VALUE = 60;

/** One sentence, without a full stop. */
export function faultText({ subject, expected, value }: Fault): string {
  const shown = value === undefined ? '' : ` (it is ${JSON.stringify(value.slice(0, LONGEST_VALUE))})`;
  return `${subject} ${expected}${shown}`;
}

/** All of them at once. */
export function configError(faults: readonly Fault[]): CrewspanError {
  const lines = faults.map(fault => `  ${faultText(fault)}`);
  const title =
    faults.length === 1 ? 'The configuration has a fault:' : `The configuration has ${faults.length} faults:`;
  return new CrewspanError('CREWSPAN_CONFIG', [title, ...lines].join('\n'));
}
