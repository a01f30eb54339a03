/** Stores that are not what was written: what is whole is kept, what is not is named, and nothing is overwritten. */
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import { describe, expect, it } from 'vitest';
import { flip, hashOf } from '../support/files.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { append, EXECUTION, openAt, outboxTexts, settlement, shares, spans, texts } from './lmdb-support.ts';

const fileIn = (directory: string): string => join(directory, 'journal.mdb');

/** A closed store with bodies, spans and skeletons, in trees of more than one page. */
async function filled(): Promise<string> {
  const directory = temporaryDirectory();
  const journal = await openAt(directory);
  for (let index = 0; index < 200; index += 1) void append(journal, `body ${index} ${'.'.repeat(index * 40)}`);
  const names = Array.from({ length: 300 }, (_, index) => `span ${index}`);
  const skeletons = names.map(eventId => ({ execution: EXECUTION, eventId }));
  await journal.settle(settlement({ spans: spans(...names), skeletons }));
  await journal.close();
  return directory;
}

/** The length without what is only set aside for later, as zeros. */
function contentOf(file: string): number {
  const bytes = readFileSync(file);
  return bytes.findLastIndex(byte => byte !== 0) + 1;
}

describe('a damaged store', () => {
  it('goes on without a body that is not what was written; the others are there', async () => {
    const directory = await filled();
    const file = fileIn(directory);
    flip(file, readFileSync(file).indexOf('body 7 '));
    const lines: string[] = [];
    const journal = await openAt(directory, { lines });
    expect([journal.body(8), journal.body(201)]).toEqual([undefined, undefined]);
    expect(lines).toHaveLength(1);
    const left = await texts(journal);
    expect(left).toHaveLength(199);
    expect(left.some(text => text.startsWith('body 7 '))).toBe(false);
    expect(lines.map(line => JSON.parse(line))).toMatchObject([
      { level: 'error', code: 'CREWSPAN_STORE_DAMAGED', record: 'bodies/8' },
    ]);
    await journal.close();
    const again = await openAt(directory);
    expect(again.stats()).toMatchObject({ bodies: 199, undelivered: 300 });
    expect(await texts(again)).toEqual(left);
    await again.close();
    const { counted, kept } = await shares(directory);
    expect(kept).toEqual(counted);
  });

  it('goes on without a span that is not what was written', async () => {
    const directory = await filled();
    const file = fileIn(directory);
    flip(file, readFileSync(file).indexOf('span 123'));
    const journal = await openAt(directory);
    expect(outboxTexts(journal)).toHaveLength(299);
    await journal.close();
    expect((await openAt(directory)).stats().undelivered).toBe(299);
  });

  it.each([1, 3, 20, 50, 90, 99])(
    'is refused, and left alone, when only %i percent of its content are left',
    async percent => {
      const directory = await filled();
      const file = fileIn(directory);
      truncateSync(file, Math.floor((contentOf(file) * percent) / 100));
      const before = hashOf(file);
      await expect(openAt(directory)).rejects.toMatchObject({ code: 'CREWSPAN_STORE_DAMAGED' });
      expect(hashOf(file)).toBe(before);
    },
  );

  it('is refused when it is no store at all', async () => {
    const directory = temporaryDirectory();
    writeFileSync(fileIn(directory), 'something else that lies here '.repeat(1_000));
    const before = hashOf(fileIn(directory));
    await expect(openAt(directory)).rejects.toMatchObject({ code: 'CREWSPAN_STORE_DAMAGED' });
    expect(hashOf(fileIn(directory))).toBe(before);
  });

  it('never ends the process, wherever a bit is flipped: it is refused, or goes on with what is whole', {
    timeout: 120_000,
  }, async () => {
    const source = fileIn(await filled());
    const size = contentOf(source);
    const expected = new Set(Array.from({ length: 200 }, (_, index) => `body ${index} ${'.'.repeat(index * 40)}`));
    // Every page gets its turn, its header and the pointers in it more often than the rest.
    for (let round = 0; round < 250; round += 1) {
      const directory = temporaryDirectory();
      const file = fileIn(directory);
      copyFileSync(source, file);
      const within = round % 2 === 0 ? (round * 7) % 128 : (round * 97) % 4096;
      flip(file, ((round * 4096) % size) + within, round % 8);
      try {
        const journal = await openAt(directory, { maxBytes: 8_000_000 });
        for (const text of await texts(journal)) expect(expected).toContain(text);
        for (const text of outboxTexts(journal)) expect(text).toMatch(/^span \d+$/);
        await append(journal, 'next');
        await journal.close();
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^CREWSPAN_STORE_(DAMAGED|FORMAT)$/) });
      }
    }
  });
});

describe('a store of another format', () => {
  it.each(['5', '7'])('is refused, and left alone, when it is format %s', async format => {
    const directory = await filled();
    const file = fileIn(directory);
    const root = open(file, { noSubdir: true, encoding: 'binary' });
    await root.openDB('meta', { encoding: 'binary' }).put('format', Buffer.from(format));
    await root.close();
    const before = hashOf(file);
    await expect(openAt(directory)).rejects.toMatchObject({
      code: 'CREWSPAN_STORE_FORMAT',
      message: expect.stringContaining(`format ${format}`),
    });
    expect(hashOf(file)).toBe(before);
  });

  it('is refused, and left alone, when it is of another program', async () => {
    const directory = temporaryDirectory();
    const file = fileIn(directory);
    const root = open(file, { noSubdir: true });
    await root.put('something', 'else');
    await root.close();
    const before = hashOf(file);
    await expect(openAt(directory)).rejects.toMatchObject({ code: 'CREWSPAN_STORE_FORMAT' });
    expect(hashOf(file)).toBe(before);
  });
});
