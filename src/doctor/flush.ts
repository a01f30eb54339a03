/** How fast the disk is where it matters: an acknowledgement waits for two flushes. */
import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Finding, fine, warning } from './finding.ts';

const WRITES = 20;
/** A page of the store. */
const BYTES = 4096;
/** A transaction flushes its data, then the root that points to it (docs/reliability.md). */
const FLUSHES_A_COMMIT = 2;
/** A sender in real time waits for each event: slower than this, runs show it. */
const SLOW_MS = 25;
const STALL_MS = 500;

/** The milliseconds that each of a few small writes took until it was on disk. Leaves nothing behind. */
export async function measureFlushes(directory: string, now: () => number): Promise<readonly number[]> {
  const path = join(directory, `.crewspan-doctor-${randomBytes(6).toString('hex')}`);
  const file = await open(path, 'wx', 0o600);
  try {
    const page = randomBytes(BYTES);
    const durations: number[] = [];
    // As the store does, it writes where there is space already: that of a new file would be paid for by the first.
    await file.write(Buffer.alloc(WRITES * BYTES));
    await file.datasync();
    for (let index = 0; index < WRITES; index += 1) {
      const start = now();
      await file.write(page, 0, BYTES, index * BYTES);
      await file.datasync();
      durations.push(now() - start);
    }
    return durations;
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
}

export function judgeFlushes(durations: readonly number[]): Finding {
  const sorted = durations.toSorted((a, b) => a - b);
  const medianMs = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const worstMs = sorted.at(-1) ?? 0;
  const commitsPerSecond = Math.floor(1000 / (FLUSHES_A_COMMIT * Math.max(medianMs, 0.001)));
  const facts = { medianMs: round(medianMs), worstMs: round(worstMs), commitsPerSecond };
  const summary =
    `${round(medianMs)} ms each, ${round(worstMs)} at worst: about ${commitsPerSecond} commits a second, each for ` +
    'all requests that wait';
  if (medianMs <= SLOW_MS && worstMs <= STALL_MS) return fine('flush.fast', summary, facts);
  const advice =
    'The disk is slow, or busy: a webhook is answered only when its events are on it, and a crew that sends in real ' +
    'time waits for that. Use a local SSD, or `"realtime": false` in the kickoff.';
  return warning('flush.slow', summary, advice, facts);
}

function round(ms: number): number {
  return Number(ms.toPrecision(ms < 1 ? 1 : 2));
}
