/** Chance that can be had again: what a seed decided, it decides the same the next time. */

export interface Random {
  /** [0, 1). */
  next(): number;
  /** A whole number from `0` to `below - 1`. */
  below(below: number): number;
}

const SEED = 'CREWSPAN_TEST_SEED';

/** mulberry32. */
function createRandom(seed: number): Random {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  return { next, below: below => Math.floor(next() * below) };
}

/** Runs a test with a seed of its own, or that of the environment; what fails names it. */
export async function withSeed(body: (random: Random) => Promise<void>): Promise<void> {
  const given = process.env[SEED];
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given);
  try {
    await body(createRandom(seed));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`with ${SEED}=${seed}: ${message}`, { cause });
  }
}
