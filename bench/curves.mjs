/** What an event costs crewspan as runs get long and many, as the journal grows, and after a restart. */
import { medians } from './medians.mjs';
import { openSession, WARM_UP } from './session.mjs';
import { memoryMiB } from './usage.mjs';

const BATCH = 100;
/** Makes an event of crew() or calls() about 2 KB long. */
const PADDING_2KB = 1_500;
const LONG_SETTLE_MS = 3_600_000;

async function inSession(options, work) {
  const session = await openSession({ program: 'crewspan', ...options });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

const crews = (name, executions, operations, rest = {}) => ({
  workload: { from: 'crews', name, executions, operations, batch: BATCH, ...rest },
});

/** Points that are compared with each other are measured in turns, so that a slow hour is all of theirs. */
async function curve(points, { rounds, say, label, measure }) {
  const figures = new Map(points.map(at => [at, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const [at, measured] of figures) {
      measured.push(await measure(at));
      say(`round ${round}, ${at} ${label}: ${measured.at(-1).cpu.toFixed(0)} µs an event`);
    }
  }
  return [...figures].map(([at, measured]) => ({ at, ...medians(measured) }));
}

async function warmUp(session, share) {
  await session.send(crews('warm-up', (WARM_UP * share) / 200, 100));
  await session.quiet();
}

/** Executions of so many operations each, one after the other: at least `events` events in all. */
function operationsPerExecution({ share, longest, rounds, say, ...options }) {
  const points = [10, 100, 1_000, 10_000, 200_000].filter(count => count <= longest);
  const measure = operations =>
    inSession(options, async session => {
      await warmUp(session, share);
      return session.measure(crews('run', Math.ceil((40_000 * share) / (operations * 2)), operations));
    });
  return curve(points, { rounds, say, label: 'operations an execution', measure });
}

/** LLM calls that take turns in so many executions, all of which have begun before and stay open. */
function executionsOpen({ share, longest, rounds, say, ...options }) {
  const points = [1, 100, 1_000, 10_000, 50_000].filter(count => count <= longest);
  const measure = count =>
    inSession(options, async session => {
      await warmUp(session, share);
      await session.send({ workload: { from: 'kickoffs', name: 'open', count, batch: BATCH } });
      await session.quiet();
      const events = 40_000 * share;
      const workload = { from: 'calls', name: 'call', executions: 'open', count, events, batch: BATCH };
      return session.measure({ workload });
    });
  return curve(points, { rounds, say, label: 'executions open', measure });
}

/** Spans are finished and kept but not delivered, so the store only grows. */
async function journalSize({ share, steps, say, ...options }) {
  return inSession({ ...options, env: { OTEL_TRACES_EXPORTER: 'none' } }, async session => {
    const points = [];
    const events = 20_000 * share;
    const recorded = copy => ({ workload: { from: 'recorded', size: 'recorded', events, copy, batch: BATCH } });
    await session.send(recorded(1_000_000));
    await session.quiet();
    for (let step = 0; step < steps; step++) {
      const at = session.diskBytes() / 2 ** 20;
      points.push({ at, ...(await session.measure(recorded(step * 1_000))) });
      say(`${at.toFixed(0)} MiB in the store: ${points.at(-1).cpu.toFixed(0)} µs an event`);
    }
    return points;
  });
}

/** Nothing settles, so all of it is in the journal when the process is killed. */
async function recovery({ share, say, ...options }) {
  return inSession({ ...options, settleMs: LONG_SETTLE_MS }, async session => {
    const executions = Math.ceil(2_500 * share);
    const sent = await session.send(crews('backlog', executions, 20, { atOnce: executions, padding: PADDING_2KB }));
    const readyAfterMs = await session.restart();
    say(`${sent.events} events: accepted in ${sent.seconds.toFixed(1)} s, recovered in ${readyAfterMs.toFixed(0)} ms`);
    return { events: sent.events, eventBytes: sent.bytes / sent.events, acceptMs: sent.seconds * 1_000, readyAfterMs };
  });
}

async function openOperations({ share, say, ...options }) {
  return inSession(options, async session => {
    const count = Math.ceil(500 * share);
    const operations = 50_000 * share;
    await session.send({ workload: { from: 'kickoffs', name: 'open', count, batch: BATCH } });
    const open = { from: 'calls', name: 'call', executions: 'open', count, events: operations, open: true };
    const sent = await session.send({ workload: { ...open, padding: PADDING_2KB, batch: BATCH } });
    await session.quiet();
    const memory = Object.fromEntries(['VmRSS', 'VmHWM', 'RssAnon'].map(name => [name, memoryMiB(session.pid, name)]));
    say(`${operations} operations open: ${memory.VmRSS.toFixed(0)} MiB`);
    return { operations, eventBytes: sent.bytes / sent.events, ...memory };
  });
}

/**
 * `rounds`: of the first two, of which each figure is the median. `share`: of the events that are meant for a point.
 * `longest`: how far a curve goes. `steps`: how often the store is measured as it grows.
 */
export async function measureCurves(options) {
  return {
    operationsPerExecution: await operationsPerExecution(options),
    executionsOpen: await executionsOpen(options),
    journalSize: await journalSize(options),
    recovery: await recovery(options),
    openOperations: await openOperations(options),
  };
}
