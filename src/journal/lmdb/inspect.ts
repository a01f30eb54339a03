/** Looks into a store that nobody uses, and changes nothing that is kept in it. */
import { open } from 'lmdb';
import { reading } from './faults.ts';
import { checkPages } from './pages.ts';
import type { Totals } from './records.ts';
import { isNew, META, sizeOf, TOTALS_KEY, totalsIn } from './store.ts';
import { MAX_TABLES } from './tables.ts';

/** `undefined`: there is nothing in it yet. Throws `CREWSPAN_STORE_DAMAGED` or `CREWSPAN_STORE_FORMAT`. */
export async function inspectStore(file: string): Promise<Totals | undefined> {
  if (sizeOf(file) === 0) return undefined;
  checkPages(file);
  const options = { noSubdir: true, encoding: 'binary', readOnly: true, maxDbs: MAX_TABLES } as const;
  const root = reading(file, () => open<Buffer, string>(file, options));
  try {
    if (isNew(file, root)) return undefined;
    const meta = root.openDB<Buffer, string>(META, { encoding: 'binary' });
    return totalsIn(
      file,
      reading(file, () => meta.getBinary(TOTALS_KEY)),
    );
  } finally {
    await root.close();
  }
}
