/** Looks into a store that nobody uses, and changes nothing that is kept in it. */
import { open } from 'lmdb';
import { reading, storeDamaged } from './faults.ts';
import { checkPages } from './pages.ts';
import { readTotals, type Totals } from './records.ts';
import { isNew, META, sizeOf, TOTALS_KEY } from './store.ts';
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
    const record = reading(file, () => meta.getBinary(TOTALS_KEY));
    const totals = record === undefined ? undefined : readTotals(record);
    if (totals === undefined) throw storeDamaged(file, 'the record of its totals is not what was written');
    return totals;
  } finally {
    await root.close();
  }
}
