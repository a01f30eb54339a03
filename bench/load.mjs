/** crewspan against the floor, under load: the same events, in turns, in one run. */
import { medians } from './medians.mjs';
import { openSession, WARM_UP } from './session.mjs';

const CONTENT = 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT';
const MODES = {
  'realtime, 16 connections': { batch: 1, connections: 16 },
  'realtime, 256 connections': { batch: 1, connections: 256 },
  'batches of 100': { batch: 100, connections: 16 },
};
const BOTH = [false, true];
const OFF = [false];
/** No events come before those that are measured where the cost of a new process is to be seen. */
const WARM = 'warm';
const COLD = 'from a cold start';
/** Of events: enough for a second or more. */
const COUNTS = {
  [WARM]: { recorded: { 1: 24_000, 100: 48_000 }, small: { 1: 24_000, 100: 48_000 }, large: { 1: 500, 100: 1_200 } },
  [COLD]: { recorded: { 1: 15_000, 100: 30_000 } },
};
/** Far from the copies that are measured, and from each other. */
const WARM_UP_COPIES = { batches: 1_000_000, alike: 2_000_000 };
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

/** In batches, and then a third of what is measured in its own way. Answers the bytes it took. */
async function warmUp(session, measured, share) {
  const size = measured.workload.size === 'small' ? 'small' : 'recorded';
  const events = WARM_UP * share;
  const batches = { workload: { from: 'recorded', size, batch: 100, events, copy: WARM_UP_COPIES.batches } };
  const sent = await session.send(batches);
  await session.quiet();
  const alike = { ...measured.workload, events: measured.workload.events / 3, copy: WARM_UP_COPIES.alike };
  const sentAlike = await session.send({ ...measured, workload: alike });
  await session.quiet();
  return sent.bytes + sentAlike.bytes;
}

async function measureOnce({ size, mode, start, program, env, share, ...options }) {
  const { batch, connections } = MODES[mode];
  const events = Math.max(batch, COUNTS[start][size][batch] * share);
  const task = { connections, prepared: true, workload: { from: 'recorded', size, batch, events, copy: 0 } };
  const session = await openSession({ program, env, ...options });
  try {
    const bytesBefore = start === WARM ? await warmUp(session, task, share) : 0;
    const figures = await session.measure(task);
    if (figures.spans === 0) throw new Error(`${program} delivered nothing`);
    const bytes = bytesBefore + figures.events * figures.eventBytes;
    return { ...figures, disk: (session.diskBytes() / bytes) * figures.eventBytes };
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
  const task = events => ({
    connections: 256,
    prepared: true,
    workload: { from: 'recorded', size: 'recorded', batch: 1, events, copy: 0 },
  });
  for (let round = 0; round < rounds; round++) {
    for (const program of ['floor', 'crewspan']) {
      const session = await openSession({ program, ...options });
      try {
        await warmUp(session, task(COUNTS[WARM].recorded[1] * share), share);
        figures[program].push(
          await session.measure({ perSecond, ...task(Math.round(perSecond * RATE_SECONDS * share)) }),
        );
        say(`round ${round + 1}, ${perSecond} a second, ${program}: p99 ${figures[program].at(-1).p99.toFixed(1)} ms`);
      } finally {
        await session.close();
      }
    }
  }
  return { perSecond, floor: medians(figures.floor), crewspan: medians(figures.crewspan) };
}
