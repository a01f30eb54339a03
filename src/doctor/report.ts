/** What was found, for people and for programs. */
import { VERSION } from '../version.ts';
import type { Examination } from './doctor.ts';
import { type Finding, INVALID_SETTING } from './finding.ts';

type Status = Finding['status'];

const MARKS: Readonly<Record<Status, string>> = { ok: 'ok', warning: '??', fault: '!!' };
/** SGR of ECMA-48: green, yellow, red. */
const COLOURS: Readonly<Record<Status, number>> = { ok: 32, warning: 33, fault: 31 };
const NAME_WIDTH = 10;
const INDENT = ' '.repeat(4 + NAME_WIDTH);
const LINE = 110;

/** Lines for people. */
export function renderReport({ findings }: Examination, { colour }: { readonly colour: boolean }): string {
  const paint = (text: string, status: Status) => (colour ? `\u001b[${COLOURS[status]}m${text}\u001b[0m` : text);
  const lines = findings.flatMap(finding => {
    const { status, check, summary } = finding;
    const head = `${paint(MARKS[status], status)}  ${check.padEnd(NAME_WIDTH)}`;
    const [first = '', ...rest] = wrap(summary);
    const beneath = finding.status === 'ok' ? (finding.details ?? []) : wrap(finding.advice);
    return [`${head}${first}`, ...rest.map(line => INDENT + line), ...beneath.map(line => `${INDENT}  ${line}`)];
  });
  const { status } = summaryOf(findings);
  return [...lines, '', paint(sentence(findings), status), ''].join('\n');
}

function sentence(findings: readonly Finding[]): string {
  const { status, counts } = summaryOf(findings);
  const warnings =
    counts.warning === 0 ? '' : counts.warning === 1 ? '1 warning (??)' : `${counts.warning} warnings (??)`;
  const faults = counts.fault === 0 ? '' : counts.fault === 1 ? '1 fault (!!)' : `${counts.fault} faults (!!)`;
  const told = [faults, warnings, `${counts.ok} ok`].filter(Boolean).join(', ');
  if (status === 'fault') return `${told}. Something is wrong: see what is marked.`;
  return status === 'warning' ? `${told}. crewspan works like this; see what is marked.` : `${told}. All is well.`;
}

/** One JSON text, as docs/doctor.md describes it. */
export function renderJson({ findings, settings }: Examination): string {
  const report = { schema: 1, crewspan: VERSION, ...summaryOf(findings), findings, settings };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

function summaryOf(findings: readonly Finding[]) {
  const counts = { ok: 0, warning: 0, fault: 0 };
  for (const { status } of findings) counts[status] += 1;
  const status: Status = counts.fault > 0 ? 'fault' : counts.warning > 0 ? 'warning' : 'ok';
  return { status, counts };
}

/** 0: works, perhaps with warnings. 1: something does not. 2: the configuration is wrong. */
export function exitCodeOf({ findings }: Examination): 0 | 1 | 2 {
  if (findings.some(({ code }) => code === INVALID_SETTING)) return 2;
  return findings.some(({ status }) => status === 'fault') ? 1 : 0;
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > LINE - INDENT.length) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}
