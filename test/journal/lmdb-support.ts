/** Journals in directories of their own, that go when the test is over. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { FinishedSpan, Journal, Settlement } from '../../src/journal/journal.ts';
import { createAccounts } from '../../src/journal/lmdb/accounts.ts';
import { chargeOf } from '../../src/journal/lmdb/charges.ts';
import { openLmdbJournal } from '../../src/journal/lmdb/open.ts';
import { openStore } from '../../src/journal/lmdb/store.ts';
import { createLog } from '../../src/log.ts';

export const EXECUTION = { source: 'a', executionId: 'x' };
const PREAMBLE = Buffer.alloc(300, 9);

export interface OpenOptions {
  readonly maxBytes?: number;
  readonly shares?: number;
  /** Gets the lines of the log. */
  readonly lines?: string[];
}

/** Closed at the end of the test, if it is open then. */
export async function openAt(directory: string, { lines, ...quota }: OpenOptions = {}): Promise<Journal> {
  const destination = { write: (line: string) => void lines?.push(line) };
  const journal = await openLmdbJournal({
    directory,
    log: createLog({ level: 'info', destination }),
    ...quota,
  });
  onTestFinished(() => journal.close());
  return journal;
}

export function append(journal: Journal, text: string | Uint8Array): Promise<number> {
  return journal.append({ source: 'a', receivedAt: 1, bytes: Buffer.from(text) });
}

export function settlement(some: Partial<Settlement>): Settlement {
  return { spans: [], skeletons: [], open: [], released: [], now: 1, ...some };
}

export function spans(...texts: string[]): FinishedSpan[] {
  return texts.map(span => ({ execution: EXECUTION, preamble: PREAMBLE, span: Buffer.from(span) }));
}

export async function held(journal: Journal): Promise<Map<number, Buffer>> {
  const bodies = new Map<number, Buffer>();
  for await (const { position, bytes } of journal.replay()) bodies.set(position, Buffer.from(bytes));
  return bodies;
}

/** To compare: what is held, by hash, because comparing large buffers byte by byte takes vitest long. */
export function digests(bodies: ReadonlyMap<number, Uint8Array>): Record<number, string> {
  const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  return Object.fromEntries([...bodies].map(([position, bytes]) => [position, hashOf(bytes)]));
}

export async function texts(journal: Journal): Promise<string[]> {
  return [...(await held(journal)).values()].map(String);
}

/** What sources take up by the records that are there, and by what was kept account of. Of a closed store. */
export async function shares(directory: string): Promise<Record<'counted' | 'kept', ReadonlyMap<string, number>>> {
  const store = openStore(join(directory, 'journal.mdb'));
  const { bodies, outbox, letters, ages, meta } = store.tables;
  const counted = new Map<string, number>();
  for (const table of [bodies, outbox, letters, ages]) {
    for (const { value } of table.from()) {
      const charge = chargeOf(table.name, value);
      if (charge === undefined) throw new Error(`a record of ${table.name} is nobody's`);
      counted.set(charge.source, (counted.get(charge.source) ?? 0) + charge.bytes);
    }
  }
  const kept = createAccounts(meta).shares;
  await store.close();
  return { counted, kept };
}

export const outboxTexts = (journal: Journal): string[] =>
  journal.outbox(undefined, 1_000).map(({ span }) => Buffer.from(span).toString());
