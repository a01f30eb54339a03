/**
 * A record that is not what was written is of no use to anybody, but it must not stop what is whole: it is reported,
 * and moved aside as it is, so that nothing waits for it and nothing is thrown away.
 */
import type { Log } from '../../log.ts';
import type { Batch } from './batch.ts';
import type { Table, Tables } from './tables.ts';
import type { Writer } from './writer.ts';

export interface Damage {
  setAside(table: Table<number>, key: number): void;
  /** Of what is only read: it counts as not there. */
  report(table: string, key: string): void;
}

export function createDamage(tables: Tables, writer: Pick<Writer, 'write'>, log: Log): Damage {
  const known = new Set<string>();

  function report(table: string, key: string): void {
    const id = `${table}/${key}`;
    if (known.has(id)) return;
    known.add(id);
    log.error(
      { code: 'CREWSPAN_STORE_DAMAGED', record: id },
      'a record of the store is not what was written: the disk or the file is damaged; going on without it',
    );
  }

  function move(batch: Batch, table: Table<number>, key: number): void {
    const record = batch.get(table, key);
    if (record === undefined) return;
    batch.add(tables.damaged, `${table.name}/${key}`, record, undefined);
    batch.remove(table, key);
    const { totals } = batch;
    if (table === tables.bodies) totals.bodies -= 1;
    else if (table === tables.outbox) totals.undelivered -= 1;
    else totals.deadLetters -= 1;
  }

  return {
    report,
    setAside(table, key) {
      if (known.has(`${table.name}/${key}`)) return;
      report(table.name, String(key));
      // Where that fails, it is passed over at every reading, and moved after the next start.
      writer
        .write('freeing', batch => move(batch, table, key))
        .catch(error => log.warn({ err: error }, 'a damaged record could not be moved aside'));
    },
  };
}
