/** V8's optimising compiler, kept from working more than it earns. */
import { setFlagsFromString } from 'node:v8';

/** Bytes of bytecode: of one function that is copied into another, and of all that are. V8's own limits are 460 and 920. */
const LIMITS = { 'max-inlined-bytecode-size': 100, 'max-inlined-bytecode-size-cumulative': 200 };

/**
 * Most functions here are short and called from few places, and V8 copies each into its callers, level over level: more
 * to compile than it gains by it. ADR 0012 has the figures. V8 complains on standard error of what it does not know, and
 * goes on.
 */
export function limitInlining(): void {
  for (const [flag, limit] of Object.entries(LIMITS)) setFlagsFromString(`--${flag}=${limit}`);
}
