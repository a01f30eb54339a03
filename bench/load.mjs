/** crewspan against the floor, under load: the same events, in turns, in one run. */
import { openSession } from './session.mjs';

const CONTENT = 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT';
const MODES = {
  'realtime, 16 connections': { batch: 1, connections: 16 },
  'realtime, 256 connections': { batch: 1, connections: 256 },
  'batches of 100': { batch: 100, connections: 16 },
};
const BOTH = [false, true];
const OFF = [false];
/** Of events: enough for a second or more. */
const COUNTS = { recorded: { 1: 8_000, 100: 24_000 }, small: { 1: 8_000, 100: 24_000 }, large: { 1: 500, 100: 1_200 } };
/** As many come first and do not count; none where the cost of a new process is to be seen. */
const WARM = 'warm';
const COLD = 'from a cold start';
/** Far from the copies that are measured. */
const WARM_UP_COPY = 1_000_000;
const RATE_SECONDS = 6;

const CASES = [
  ['recorded', 'realtime, 16 connections', BOTH],
  ['recorded', 'realtime, 256 connections', BOTH],
  ['recorded', 'batches of 100', BOTH],
  ['small', 'realtime, 16 connections', OFF],
  ['small', 'batches of 100', OFF],
  ['large', 'realtime, 16 connections', BOTH],
  ['large', 'batches of 100', BOTH],
  ['recorded', 'realtime, 16 connections', OFF, COLD],
  ['recorded', 'batches of 100', OFF, COLD],
];
const SMOKE_CASES = [['recorded', 'realtime, 16 connections', BOTH]];

/** `[{ name, size, mode, floor, off, on }]`; the last three hold the median of each figure over the rounds. */
export async function measureLoad({ rounds, cases, say, ...options }) {
  const results = (cases === 'all' ? CASES : SMOKE_CASES).map(([size, mode, contents, start = WARM]) => ({
    name: start === COLD ? `${size}, ${mode}, ${COLD}` : `${size}, ${mode}`,
    size,
    mode,
    start,
    runs: [
      { label: 'floor', program: 'floor', env: {}, figures: [] },
      ...contents.map(content => ({
        label: content ? 'on' : 'off',
        program: 'crewspan',
        env: content ? { [CONTENT]: 'SPAN_ONLY' } : {},
        figures: [],
      })),
    ],
  }));
  for (let round = 0; round < rounds; round++) {
    for (const { name, size, mode, start, runs } of results) {
      for (const { label, program, env, figures } of runs) {
        figures.push(await measureOnce({ size, mode, start, program, env, ...options }));
        say(`round ${round + 1}, ${name}, ${label}: ${figures.at(-1).cpu.toFixed(0)} µs an event`);
      }
    }
  }
  return results.map(({ name, size, mode, start, runs }) => ({
    name,
    size,
    mode,
    start,
    ...Object.fromEntries(runs.map(({ label, figures }) => [label, medians(figures)])),
  }));
}

async function measureOnce({ size, mode, start, program, env, share, ...options }) {
  const { batch, connections } = MODES[mode];
  const events = Math.max(batch, COUNTS[size][batch] * share);
  const task = copy => ({ connections, prepared: true, workload: { from: 'recorded', size, batch, events, copy } });
  const session = await openSession({ program, env, ...options });
  try {
    if (start === WARM) {
      await session.send(task(WARM_UP_COPY));
      await session.quiet();
    }
    const figures = await session.measure(task(0));
    if (figures.spans === 0) throw new Error(`${program} delivered nothing`);
    return { ...figures, disk: session.diskBytes() / (start === WARM ? 2 * events : events) };
  } finally {
    await session.close();
  }
}

/**
 * The two at the same rate: half of the highest at which crewspan delivered (for a while it accepts faster than that).
 * Median of the rounds.
 */
export async function measureAtHalfRate({ load, rounds, share, say, ...options }) {
  const highest = Math.max(
    ...load
      .filter(({ size, mode, start }) => size === 'recorded' && MODES[mode].batch === 1 && start === WARM)
      .map(({ off }) => off.delivered),
  );
  const perSecond = Math.round(highest / 2);
  const figures = { floor: [], crewspan: [] };
  const task = (events, copy) => ({
    connections: 256,
    prepared: true,
    workload: { from: 'recorded', size: 'recorded', batch: 1, events, copy },
  });
  for (let round = 0; round < rounds; round++) {
    for (const program of ['floor', 'crewspan']) {
      const session = await openSession({ program, ...options });
      try {
        await session.send(task(COUNTS.recorded[1] * share, WARM_UP_COPY));
        await session.quiet();
        const events = Math.round(perSecond * RATE_SECONDS * share);
        figures[program].push(await session.measure({ perSecond, ...task(events, 0) }));
        say(`round ${round + 1}, ${perSecond} a second, ${program}: p99 ${figures[program].at(-1).p99.toFixed(1)} ms`);
      } finally {
        await session.close();
      }
    }
  }
  return { perSecond, floor: medians(figures.floor), crewspan: medians(figures.crewspan) };
}

/** Of each figure by itself; of an even number of rounds the mean of the two in the middle. */
function medians(rounds) {
  const middle = name => {
    const sorted = rounds.map(figures => figures[name]).sort((a, b) => a - b);
    return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
  };
  return Object.fromEntries(Object.keys(rounds[0]).map(name => [name, middle(name)]));
}
