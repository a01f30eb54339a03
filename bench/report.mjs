/** The figures as Markdown. */
import { readFileSync, writeFileSync } from 'node:fs';
import { goals } from './goals.mjs';

const DOCUMENT = new URL('../BENCHMARKS.md', import.meta.url);
const BEGIN = '<!-- measured: begin -->';
const END = '<!-- measured: end -->';

const LABELS = { floor: 'floor', off: 'crewspan, content off', on: 'crewspan, content on' };
/** Heading, figure, digits. */
const COLUMNS = [
  ['CPU µs an event', 'cpu', 0],
  ['accepted/s', 'accepted', 0],
  ['delivered/s', 'delivered', 0],
  ['ack p50 ms', 'p50', 2],
  ['p99', 'p99', 2],
  ['p99.9', 'p999', 2],
  ['peak RSS MiB', 'rss', 0],
  ['peak RssAnon MiB', 'anonymous', 0],
  ['disk B/event', 'disk', 0],
  ['spans/event', 'spans', 2],
];

const integer = value => Math.round(value).toLocaleString('en-US');
const fixed = (value, digits) => (digits === 0 ? integer(value) : value.toFixed(digits));

function table(head, rows) {
  return [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n');
}

function loadTable({ name, floor, off, on }) {
  const runs = Object.entries({ floor, off, on }).filter(([, figures]) => figures !== undefined);
  const rows = runs.map(([label, figures]) => [
    LABELS[label],
    ...COLUMNS.map(([, figure, digits]) => fixed(figures[figure], digits)),
    `${(figures.cpu / floor.cpu).toFixed(2)}x`,
  ]);
  const size = `${integer(floor.events)} events of ${integer(floor.eventBytes)} bytes`;
  return `#### ${name} (${size})\n\n${table(['', ...COLUMNS.map(([heading]) => heading), 'CPU by floor'], rows)}`;
}

function curveTable(unit, points) {
  const base = points.find(({ at }) => at === 100) ?? points[0];
  const rows = points.map(({ at, events, cpu, rss }) => [
    integer(at),
    integer(events),
    fixed(cpu, 0),
    (cpu / base.cpu).toFixed(2),
    fixed(rss, 0),
  ]);
  return table([unit, 'events', 'CPU µs an event', `by that at ${integer(base.at)}`, 'peak RSS MiB'], rows);
}

function halfTable({ perSecond, floor, crewspan }) {
  const rows = Object.entries({ floor, crewspan }).map(([name, { p50, p99, p999, accepted }]) => [
    name,
    fixed(accepted, 0),
    ...[p50, p99, p999].map(value => fixed(value, 2)),
    (p99 / floor.p99).toFixed(2),
  ]);
  const head = [`${integer(perSecond)} requests a second`, 'accepted/s', 'ack p50 ms', 'p99', 'p99.9', 'p99 by floor'];
  return table(head, rows);
}

function goalTable(results) {
  const rows = goals(results).map(({ goal, limit, reached, unit }) => {
    const digits = unit === 'MiB' ? 0 : 2;
    return [goal, `${limit} ${unit}`, fixed(reached, digits), reached <= limit ? 'reached' : '**missed**'];
  });
  return table(['Goal', 'At most', 'Measured', ''], rows);
}

function sections({ machine, commit, rounds, load, half, curves, seconds }, command) {
  const { recovery, openOperations } = curves;
  const missing = recovery.readyAfterMs / recovery.acceptMs;
  const [rss, peak, anonymous] = ['VmRSS', 'VmHWM', 'RssAnon'].map(name => integer(openOperations[name]));
  return [
    `Measured by \`${command}\` at ${commit}, rounds: ${rounds}, ${(seconds / 60).toFixed(1)} minutes in all, on: ${machine}.`,
    `### Load\n\n${load.map(loadTable).join('\n\n')}`,
    `### Realtime at half of the highest rate\n\n${halfTable(half)}`,
    `### Operations in one execution\n\n${curveTable('operations', curves.operationsPerExecution)}`,
    `### Executions open at once\n\n${curveTable('executions', curves.executionsOpen)}`,
    `### Size of the store\n\n${curveTable('MiB before', curves.journalSize)}`,
    `### Recovery\n\n${integer(recovery.events)} events of ${integer(recovery.eventBytes)} bytes: accepted in ` +
      `${integer(recovery.acceptMs)} ms, after a kill ready again in ${integer(recovery.readyAfterMs)} ms (${missing.toFixed(2)}x).`,
    `### Open operations\n\n${integer(openOperations.operations)} open, events of ${integer(openOperations.eventBytes)} bytes: ` +
      `${rss} MiB RSS (${anonymous} MiB of it RssAnon), ${peak} MiB at its peak.`,
  ];
}

/** Without goals where not all that they speak of was measured. */
export function report(results, { command, withGoals }) {
  const parts = sections(results, command);
  if (withGoals) parts.splice(1, 0, `### Goals\n\n${goalTable(results)}`);
  return parts.join('\n\n');
}

/** Puts the figures where the document has its last ones. */
export function writeReport(text) {
  const document = readFileSync(DOCUMENT, 'utf8');
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error('BENCHMARKS.md has no place for the figures');
  writeFileSync(DOCUMENT, `${document.slice(0, begin)}${BEGIN}\n\n${text}\n\n${document.slice(end)}`);
}
