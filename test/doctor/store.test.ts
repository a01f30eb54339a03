import { createHash } from 'node:crypto';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkStore } from '../../src/doctor/store.ts';
import { isLocked } from '../../src/journal/lmdb/lock.ts';
import { openLmdbJournal, STORE_FILE } from '../../src/journal/lmdb/open.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { recordLog } from '../webhook/support.ts';

const BODY = { source: 'default', bytes: Buffer.from('{"events":[]}'), receivedAt: 0 };
const free = { held: false, answering: false } as const;

async function directoryWithStore(): Promise<string> {
  const directory = temporaryDirectory();
  const journal = await openLmdbJournal({ directory, log: recordLog().log });
  await journal.append(BODY);
  await journal.append(BODY);
  await journal.close();
  return directory;
}

const fingerprint = (file: string) => ({
  digest: createHash('sha256').update(readFileSync(file)).digest('hex'),
  changed: statSync(file).mtimeMs,
});

describe('the store', () => {
  it('may not be there yet', async () => {
    expect(await checkStore({ directory: temporaryDirectory(), ...free })).toMatchObject({
      status: 'ok',
      code: 'store.none',
    });
  });

  it('is counted, and not changed', async () => {
    const directory = await directoryWithStore();
    const before = fingerprint(join(directory, STORE_FILE));
    expect(await checkStore({ directory, ...free })).toMatchObject({
      status: 'ok',
      code: 'store.readable',
      facts: { bodies: 2, undelivered: 0, deadLetters: 0 },
    });
    expect(fingerprint(join(directory, STORE_FILE))).toEqual(before);
    const journal = await openLmdbJournal({ directory, log: recordLog().log });
    expect(journal.stats().bodies).toBe(2);
    await journal.close();
  });

  it('that was cut short is damaged', async () => {
    const directory = await directoryWithStore();
    truncateSync(join(directory, STORE_FILE), 5_000);
    expect(await checkStore({ directory, ...free })).toMatchObject({
      status: 'fault',
      code: 'store.broken',
      facts: { error: 'CREWSPAN_STORE_DAMAGED' },
      summary: expect.stringContaining('is damaged'),
      advice: expect.stringContaining('Restore the directory'),
    });
  });

  it('that is something else is no store', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, STORE_FILE), 'not a store. '.repeat(1000));
    expect(await checkStore({ directory, ...free })).toMatchObject({ status: 'fault', code: 'store.broken' });
  });

  it('of a running crewspan is left alone, and its lock too', async () => {
    const directory = temporaryDirectory();
    const journal = await openLmdbJournal({ directory, log: recordLog().log });
    expect(await isLocked(directory)).toBe(true);
    expect(await isLocked(directory)).toBe(true);
    await journal.append(BODY);
    await journal.close();
    expect(await isLocked(directory)).toBe(false);
  });

  it('in use is judged by who answers at the ports', async () => {
    const directory = temporaryDirectory();
    const judge = (answering: boolean | 'unknown') => checkStore({ directory, held: true, answering });
    expect(await judge(true)).toMatchObject({ status: 'ok', code: 'store.running' });
    expect(await judge('unknown')).toMatchObject({ status: 'warning', code: 'store.held' });
    expect(await judge(false)).toMatchObject({ status: 'fault', code: 'store.held' });
  });
});
