/** V8's optimising compiler, kept from working more than it earns. */
import { setFlagsFromString } from 'node:v8';

/** Bytes of bytecode: of one function that is copied into another, and of all that are. V8's own limits are 460 and 920. */
const LIMITS = { 'max-inlined-bytecode-size': 100, 'max-inlined-bytecode-size-cumulative': 200 };

/**
 * Most functions here are short and called from few places, and V8 copies each into its callers, level over level: more
 * to compile than it gains by it. Node 20's compiler and collector threads took 56 to 62 µs an event of the first 30,000
 * in batches of 100, and 44 to 45 µs with these limits; the main thread took the same. Node 24 compiles in more steps, and
 * it makes no difference there. V8 passes over what it does not know.
 */
export function limitInlining(): void {
  for (const [flag, limit] of Object.entries(LIMITS)) setFlagsFromString(`--${flag}=${limit}`);
}
