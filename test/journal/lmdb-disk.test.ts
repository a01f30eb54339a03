/** Disks that are full or may not be written to, and what reaches the disk before an answer. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Journal } from '../../src/journal/journal.ts';
import { canMount, fillUp, noMount, smallDisk } from '../support/small-disk.ts';
import { succeeds } from '../support/succeeds.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { startProcess } from './lmdb-process.ts';
import { append, digests, EXECUTION, held, openAt, settlement, spans } from './lmdb-support.ts';

const full = { code: 'CREWSPAN_JOURNAL_FULL' };
const SMALL = { maxBytes: 16_000_000 };
const canTrace = succeeds(() => execFileSync('strace', ['-o', '/dev/null', 'true'], { stdio: 'ignore' }));
const onSmallDisk = it.skipIf(!canMount);
const unless = (possible: boolean, reason: string): string => (possible ? '' : ` (skipped: ${reason})`);
const DISK = '6m';

/** Appends until the store refuses; resolves to what it has taken. */
async function fill(journal: Journal, bytes: number): Promise<Map<number, Buffer>> {
  const taken = new Map<number, Buffer>();
  for (let index = 0; ; index += 1) {
    const body = Buffer.alloc(bytes, `body ${index} `);
    try {
      taken.set(await append(journal, body), body);
    } catch (error) {
      expect(error).toMatchObject(full);
      return taken;
    }
  }
}

describe('a full disk', () => {
  onSmallDisk.each([300, 3_000, 100_000, 1_000_000])(
    `filled by bodies of %i bytes: takes settlements, goes on by itself, and holds all that it took${noMount}`,
    async bytes => {
      const directory = join(smallDisk(DISK), 'store');
      const journal = await openAt(directory, SMALL);
      const taken = await fill(journal, bytes);
      const positions = [...taken.keys()];
      while (positions.length > 0) {
        const released = positions.splice(0, Math.max(1, Math.floor(taken.size / 50)));
        const skeletons = released.map(position => ({ execution: EXECUTION, eventId: `${position}` }));
        await journal.settle(settlement({ spans: spans(`span ${released[0]}`), skeletons, released }));
        for (const position of released) taken.delete(position);
        expect(journal.stats().bodies).toBe(taken.size);
      }
      await journal.acknowledge(journal.outbox(undefined, 1_000).map(({ key }) => key));
      const position = await append(journal, Buffer.alloc(bytes, 'next'));
      await journal.close();
      const again = await openAt(directory, SMALL);
      expect(digests(await held(again))).toEqual(digests(new Map([[position, Buffer.alloc(bytes, 'next')]])));
    },
  );

  onSmallDisk(`filled by somebody else: goes on as soon as there is room${noMount}`, async () => {
    const disk = smallDisk('24m');
    const journal = await openAt(join(disk, 'store'), SMALL);
    const taken = await fillBoth(journal, disk);
    rmSync(join(disk, 'filler'));
    const body = Buffer.alloc(100_000, 'next');
    taken.set(await append(journal, body), body);
    await journal.close();
    expect(digests(await held(await openAt(join(disk, 'store'), SMALL)))).toEqual(digests(taken));
  });

  onSmallDisk(
    `in the middle of a transaction: refuses only what was to be added, again and again${noMount}`,
    async () => {
      const disk = smallDisk('24m');
      const lines: string[] = [];
      const journal = await openAt(join(disk, 'store'), { ...SMALL, lines });
      const taken = await fillSome(journal);
      let refused = 0;
      for (const position of [...taken.keys()].slice(0, 10)) {
        const large = Buffer.alloc(4_000_000, `large ${position}`);
        const skeletons = [{ execution: EXECUTION, eventId: `${position}` }];
        const settled = settlement({ spans: spans(`span ${position}`), skeletons, released: [position] });
        const outcomes = Promise.allSettled([append(journal, large), journal.settle(settled)]);
        fillUp(join(disk, 'filler'));
        const [appended, settling] = await outcomes;
        expect(settling.status).toBe('fulfilled');
        taken.delete(position);
        // What was written in vain has made the file longer: in the end the body fits into that.
        if (appended.status === 'fulfilled') taken.set(appended.value, large);
        else {
          expect(appended.reason).toMatchObject(full);
          refused += 1;
        }
        expect(digests(await held(journal))).toEqual(digests(taken));
        expect(journal.skeleton(EXECUTION, `${position}`)).toBeDefined();
        rmSync(join(disk, 'filler'));
        const body = Buffer.alloc(100_000, `after ${position}`);
        taken.set(await append(journal, body), body);
        if (appended.status === 'fulfilled') break;
      }
      expect(refused).toBeGreaterThan(2);
      // Once in a while only: it changes with every transaction.
      expect(lines.filter(line => line.includes('the store takes no more'))).toHaveLength(1);
      expect(lines.filter(line => line.includes('the store takes writes again'))).toHaveLength(1);
      await journal.close();
      const again = await openAt(join(disk, 'store'), SMALL);
      expect(digests(await held(again))).toEqual(digests(taken));
    },
  );

  onSmallDisk(`at the start: what is there can be finished${noMount}`, async () => {
    const disk = smallDisk('24m');
    const store = join(disk, 'store');
    const first = await openAt(store, SMALL);
    const taken = await fillBoth(first, disk);
    await first.close();
    fillUp(join(disk, 'more'));
    const journal = await openAt(store, SMALL);
    expect(digests(await held(journal))).toEqual(digests(taken));
    await expect(append(journal, Buffer.alloc(100_000))).rejects.toMatchObject(full);
    rmSync(join(disk, 'more'));
    rmSync(join(disk, 'filler'));
    await journal.settle(settlement({ released: [...taken.keys()] }));
    await append(journal, Buffer.alloc(100_000));
  });
});

/** Fills the disk at the side while bodies come in, up to the last byte, so that transactions fail half way. */
async function fillBoth(journal: Journal, disk: string): Promise<Map<number, Buffer>> {
  const taken = await fillSome(journal);
  fillUp(join(disk, 'filler'));
  for (const [position, body] of await fill(journal, 100_000)) taken.set(position, body);
  return taken;
}

async function fillSome(journal: Journal): Promise<Map<number, Buffer>> {
  const taken = new Map<number, Buffer>();
  for (let index = 0; index < 20; index += 1) {
    const body = Buffer.alloc(50_000, `some ${index} `);
    taken.set(await append(journal, body), body);
  }
  return taken;
}

describe('a disk that may not be written to', () => {
  onSmallDisk.each(['8k', '64k', '512k'])(`is refused when it has %s in all${noMount}`, async size => {
    await expect(openAt(join(smallDisk(size), 'store'))).rejects.toMatchObject({ code: 'CREWSPAN_STORE_UNWRITABLE' });
  });

  onSmallDisk(`is refused, and left alone${noMount}`, async () => {
    const disk = smallDisk('24m');
    const store = join(disk, 'store');
    const journal = await openAt(store, SMALL);
    await append(journal, 'kept');
    await journal.close();
    const before = statSync(join(store, 'journal.mdb')).mtimeMs;
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    await expect(openAt(store)).rejects.toMatchObject({ code: 'CREWSPAN_STORE_UNWRITABLE' });
    await expect(openAt(join(disk, 'other'))).rejects.toMatchObject({ code: 'CREWSPAN_STORE_UNWRITABLE' });
    expect(statSync(join(store, 'journal.mdb')).mtimeMs).toBe(before);
    execFileSync('mount', ['-o', 'remount,rw', disk]);
    expect((await held(await openAt(store, SMALL))).size).toBe(1);
  });
});

it('a store that was taken away under it is not told as a full disk', async () => {
  const directory = temporaryDirectory();
  const journal = await openAt(directory);
  rmSync(join(directory, 'journal.mdb'));
  const refused = append(journal, Buffer.alloc(1_000_000));
  await expect(refused).rejects.toMatchObject({ ...full, message: expect.stringContaining('ENOENT') });
});

describe('the answer to an append', () => {
  it.skipIf(!canTrace)(
    `comes after the data and then the root were written through to the disk${unless(canTrace, 'needs strace')}`,
    async () => {
      const directory = temporaryDirectory();
      const trace = join(directory, 'trace');
      const calls = 'trace=openat,pwrite64,writev,pwritev,fdatasync,fsync,msync,write';
      const process = startProcess(
        [join(directory, 'store'), 'append-one'],
        ['strace', '-f', '-y', '-o', trace, '-e', calls],
      );
      await process.printed(3);
      const lines = readFileSync(trace, 'utf8').split('\n');
      const from = lines.findIndex(line => line.includes('"before\\n"'));
      const to = lines.findIndex(line => line.includes('"after\\n"'));
      expect(from).toBeGreaterThan(0);
      const between = lines.slice(from + 1, to);
      const data = between.findIndex(line => /pwrite\w*\(.*journal\.mdb>/.test(line));
      const flush = between.findIndex(line => /fdatasync\(.*journal\.mdb>/.test(line));
      const root = between.findLastIndex(line => /pwrite\w*\(.*journal\.mdb>/.test(line));
      expect(data).toBeGreaterThanOrEqual(0);
      expect(flush).toBeGreaterThan(data);
      expect(root).toBeGreaterThan(flush);
      // The root goes through a descriptor whose writes reach the disk before they return.
      const descriptor = /pwrite\w*\((\d+)</.exec(between[root] ?? '')?.[1];
      const opened = lines.filter(line => line.includes(`= ${descriptor}<`) && line.includes('journal.mdb"'));
      expect(opened.at(-1)).toMatch(/O_D?SYNC/);
    },
  );
});
