/**
 * What an event costs in assembly as executions get long and many. Run after `npm run build`: `npm run bench:assembly`.
 * Each figure is the median of three runs of the same work, in microseconds an event; the last column is its ratio to
 * the first row of its table. With `--smoke` only that it runs: a hundredth of everything, once.
 */
import { createAssembly } from '../dist/assembly/assembly.js';
import { readFacts } from '../dist/crewai/read-facts.js';
import { crew, interleaved, parallelTools } from './made-up.mjs';

const SETTINGS = {
  settleMs: 2_000,
  idleMs: 300_000,
  abandonMs: 86_400_000,
  heapBytes: Number.POSITIVE_INFINITY,
  subscribed: undefined,
};
const isSmoke = process.argv.includes('--smoke');
const RUNS = isSmoke ? 1 : 3;
const SHARE = isSmoke ? 0.01 : 1;
/** The journal keeps skeletons on disk: here only those that may still be asked for stay on the heap. */
const SKELETONS_KEPT = 20_000;
const TICK_MS = 50;
/** How long a turn of assembly may take in `serve`. */
const TURN_MS = 50;

/** An assembly over a journal of skeletons that is a plain map; `take` keeps those of a step. */
function createBench() {
  const skeletons = new Map();
  const key = ({ executionId }, eventId) => `${executionId}\n${eventId}`;
  const assembly = createAssembly({
    settings: SETTINGS,
    recall: (execution, eventId) => skeletons.get(key(execution, eventId)),
    knows: () => skeletons.size > 0,
    recallOpen: () => undefined,
    reread: () => {
      throw new Error('no execution is to leave the heap here');
    },
  });
  const take = step => {
    for (const skeleton of step?.skeletons ?? []) skeletons.set(key(skeleton.execution, skeleton.eventId), skeleton);
    for (const oldest of skeletons.keys()) {
      if (skeletons.size <= SKELETONS_KEPT) break;
      skeletons.delete(oldest);
    }
  };
  return { assembly, take };
}

/** Microseconds an event, and the most that was in flight. `msPerEvent`: how fast the events come, by the virtual clock. */
function measure(makeEvents, msPerEvent) {
  const times = [];
  let peak = 0;
  let count = 0;
  for (let run = 0; run < RUNS; run++) {
    const { assembly, take } = createBench();
    let now = 0;
    let ticked = 0;
    count = 0;
    const begin = process.hrtime.bigint();
    for (const event of makeEvents()) {
      assembly.add('bench', {
        facts: readFacts(event),
        detail: undefined,
        weight: 0,
        position: count++,
        arrived: now,
      });
      now += msPerEvent;
      if (now - ticked >= TICK_MS) {
        ticked = now;
        take(assembly.advance(now));
        peak = Math.max(peak, assembly.open().operations);
      }
    }
    now += SETTINGS.settleMs * 2 + TICK_MS;
    take(assembly.advance(now));
    times.push(Number(process.hrtime.bigint() - begin) / 1_000 / count);
    if (assembly.open().operations > 0) throw new Error(`${assembly.open().operations} operations did not settle`);
  }
  times.sort((a, b) => a - b);
  return { micros: times[RUNS >> 1], peak, count };
}

/**
 * All events arrive in the same moment and are seen to in turns, as in `serve`: the milliseconds of all turns together,
 * and of the longest.
 */
function measureAtOnce(events) {
  const { assembly, take } = createBench();
  let position = 0;
  for (const event of events) {
    assembly.add('bench', { facts: readFacts(event), detail: undefined, weight: 0, position: position++, arrived: 0 });
  }
  let total = 0;
  let longest = 0;
  for (let due = assembly.next(); assembly.open().operations > 0; due = assembly.next()) {
    const begin = performance.now();
    take(assembly.advance(Math.max(due, SETTINGS.settleMs * 2), () => performance.now() - begin < TURN_MS));
    const turn = performance.now() - begin;
    total += turn;
    longest = Math.max(longest, turn);
  }
  return { total, longest, count: position };
}

function tableAtOnce(title, rows) {
  console.log(`\n### ${title}\n\n| operations | events | seconds | longest turn, ms |\n|---|---|---|---|`);
  for (const operations of rows) {
    const { total, longest, count } = measureAtOnce(parallelTools('at-once', operations));
    console.log(`| ${operations} | ${count} | ${(total / 1_000).toFixed(1)} | ${longest.toFixed(0)} |`);
  }
}

function table(title, unit, rows) {
  console.log(`\n### ${title}\n\n| ${unit} | events | µs an event | most in flight | ratio |\n|---|---|---|---|---|`);
  let first;
  for (const [label, makeEvents, msPerEvent] of rows) {
    const { micros, peak, count } = measure(makeEvents, msPerEvent);
    first ??= micros;
    console.log(`| ${label} | ${count} | ${micros.toFixed(1)} | ${peak} | ${(micros / first).toFixed(2)} |`);
  }
}

measure(() => crew('warm-up', 20_000 * SHARE), 1);
measure(() => crew('warm-up', 20_000 * SHARE, { withIds: false }), 1);

for (const withIds of [true, false]) {
  const ids = withIds ? 'events with ids' : 'events without ids';
  const lengths = [1_000, 10_000, 50_000, 200_000].map(n => n * SHARE);
  table(
    `One execution, ${ids}`,
    'operations',
    lengths.map(n => [n, () => crew('long', n, { withIds }), 1]),
  );
}
const counts = [10, 100, 1_000, 10_000].map(n => Math.ceil(n * SHARE));
table(
  'Parallel executions, events with ids',
  'executions',
  counts.map(n => [
    n,
    () =>
      interleaved(Array.from({ length: n }, (_, index) => crew(`run-${index}`, Math.max(20, (100_000 * SHARE) / n)))),
    0.05,
  ]),
);
table('One execution of 50,000 operations, open for long', 'open for', [
  ['two minutes', () => crew('slow', 50_000 * SHARE), 1],
  ['a day', () => crew('slow', 50_000 * SHARE), 864],
  ['a week', () => crew('slow', 50_000 * SHARE), 6_048],
]);
tableAtOnce(
  'One execution, events without ids, all operations open at once',
  [1_000, 2_000, 4_000, 8_000].map(n => n * SHARE),
);
