import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openLmdbJournal } from '../../src/journal/lmdb/open.ts';
import { createLog } from '../../src/log.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { describeJournal } from './contract.ts';
import {
  append,
  digests,
  EXECUTION,
  held,
  openAt,
  outboxTexts,
  settlement,
  shares,
  spans,
  texts,
} from './lmdb-support.ts';

describeJournal('the journal in LMDB', async options => {
  const directory = await mkdtemp(join(tmpdir(), 'crewspan-lmdb-'));
  const open = () => openLmdbJournal({ directory, log: createLog({ level: 'silent' }), ...options });
  const journal = await open();
  return {
    journal,
    async reopen() {
      await journal.close();
      return open();
    },
    async remove() {
      rmSync(directory, { recursive: true });
    },
  };
});

const MIB = 1024 * 1024;
const sizeOf = (directory: string): number => statSync(join(directory, 'journal.mdb')).size;

describe('the journal in LMDB', () => {
  it('never gives a position or a key twice, also when it was emptied and opened again', async () => {
    const directory = temporaryDirectory();
    const first = await openAt(directory);
    const position = await append(first, 'one');
    await first.settle(settlement({ spans: spans('a'), released: [position] }));
    const key = first.outbox(undefined, 1)[0]?.key ?? Number.NaN;
    await first.acknowledge([key]);
    await first.close();
    const second = await openAt(directory);
    expect(await append(second, 'two')).toBeGreaterThan(position);
    await second.settle(settlement({ spans: spans('b') }));
    expect(second.outbox(key, 1)).toHaveLength(1);
  });

  it('keeps its own copy of what skeletons hold', async () => {
    const journal = await openAt(temporaryDirectory());
    const operation = Buffer.from('operation');
    const skeleton = { execution: EXECUTION, eventId: 'e', operation };
    await journal.settle(settlement({ skeletons: [skeleton] }));
    operation.fill(0);
    expect(journal.skeleton(EXECUTION, 'e')).toEqual({
      ...skeleton,
      operation: Uint8Array.from(Buffer.from('operation')),
    });
  });

  it('keeps its own copy of the spans', async () => {
    const journal = await openAt(temporaryDirectory());
    const batch = Buffer.from('..span..');
    await journal.settle(
      settlement({ spans: [{ execution: EXECUTION, preamble: Buffer.alloc(1), span: batch.subarray(2, 6) }] }),
    );
    batch.fill(0);
    expect(outboxTexts(journal)).toEqual(['span']);
  });

  it('gives spans of one resource one and the same preamble', async () => {
    const directory = temporaryDirectory();
    const first = await openAt(directory);
    const before = sizeOf(directory);
    const preamble = Buffer.alloc(2 * MIB, 7);
    const many = Array.from({ length: 500 }, (_, index) => ({
      execution: EXECUTION,
      preamble: Uint8Array.from(preamble),
      span: Buffer.from(`${index}`),
    }));
    for (let from = 0; from < many.length; from += 50)
      await first.settle(settlement({ spans: many.slice(from, from + 50) }));
    expect(sizeOf(directory) - before).toBeLessThan(8 * preamble.length);
    await first.close();
    const again = await openAt(directory);
    const entries = again.outbox(undefined, 1_000);
    expect(entries).toHaveLength(500);
    expect(new Set(entries.map(entry => entry.preamble)).size).toBe(1);
    expect(Buffer.from(entries[0]?.preamble ?? []).equals(preamble)).toBe(true);
  });

  it('keeps bodies of 16 MiB byte for byte', async () => {
    const directory = temporaryDirectory();
    const first = await openAt(directory);
    const bodies = [1, 2, 3].map(seed => Buffer.alloc(16 * MIB, `body ${seed} `));
    const positions = await Promise.all(bodies.map(body => append(first, body)));
    await first.close();
    const again = await openAt(directory);
    const kept = await held(again);
    expect(digests(kept)).toEqual(
      digests(new Map(positions.map((position, index) => [position, bodies[index] ?? Buffer.alloc(0)]))),
    );
  });

  it('keeps many small bodies, whoever appends at the same time, with few flushes', async () => {
    const directory = temporaryDirectory();
    const first = await openAt(directory);
    const appended = await Promise.all(Array.from({ length: 5_000 }, (_, index) => append(first, `body ${index}`)));
    await first.close();
    const again = await openAt(directory);
    const kept = await held(again);
    expect(kept.size).toBe(5_000);
    expect(appended.every((position, index) => kept.get(position)?.toString() === `body ${index}`)).toBe(true);
  });

  it('commits a settlement of many thousand spans as one', async () => {
    const directory = temporaryDirectory();
    const journal = await openAt(directory);
    const names = Array.from({ length: 10_000 }, (_, index) => `span ${index}`);
    const skeletons = names.map(eventId => ({ execution: EXECUTION, eventId }));
    await journal.settle(settlement({ spans: spans(...names), skeletons }));
    await journal.close();
    const again = await openAt(directory);
    expect(again.stats().undelivered).toBe(10_000);
    expect(again.outbox(undefined, 20_000)).toHaveLength(10_000);
    expect(again.skeleton(EXECUTION, 'span 9999')).toBeDefined();
  });

  it('forgets tens of thousands of skeletons, step by step, while it takes appends', async () => {
    const journal = await openAt(temporaryDirectory());
    const skeletons = Array.from({ length: 12_000 }, (_, index) => ({ execution: EXECUTION, eventId: `${index}` }));
    await journal.settle(settlement({ skeletons: skeletons.slice(0, 11_000), now: 1_000 }));
    await journal.settle(settlement({ skeletons: skeletons.slice(11_000), now: 2_000 }));
    const [forgotten] = await Promise.all([journal.forget(2_000), append(journal, 'meanwhile')]);
    expect(forgotten).toBe(11_000);
    expect(journal.skeleton(EXECUTION, '10999')).toBeUndefined();
    expect(journal.skeleton(EXECUTION, '11000')).toBeDefined();
    expect(await texts(journal)).toEqual(['meanwhile']);
  });

  it('does not forget what is written again in the same transaction', async () => {
    const journal = await openAt(temporaryDirectory());
    const skeletons = [{ execution: EXECUTION, eventId: 'e' }];
    await journal.settle(settlement({ skeletons, now: 1_000 }));
    const both = [journal.settle(settlement({ skeletons, now: 5_000 })), journal.forget(2_000)];
    await Promise.all(both);
    expect(journal.skeleton(EXECUTION, 'e')).toBeDefined();
    expect(await journal.forget(6_000)).toBe(1);
  });

  it('counts what two requests remove at the same time only once', async () => {
    const journal = await openAt(temporaryDirectory());
    const position = await append(journal, 'body');
    await journal.settle(settlement({ spans: spans('a', 'b') }));
    const keys = journal.outbox(undefined, 2).map(({ key }) => key);
    await Promise.all([
      journal.acknowledge(keys),
      journal.acknowledge(keys),
      journal.bury(keys, 'late', 1),
      journal.settle(settlement({ released: [position] })),
      journal.settle(settlement({ released: [position] })),
    ]);
    expect(journal.stats()).toMatchObject({ bodies: 0, undelivered: 0, deadLetters: 0 });
  });

  it('lets nobody else read it, whatever the umask', async () => {
    const directory = join(temporaryDirectory(), 'deep', 'er');
    const mask = process.umask(0);
    onTestFinished(() => void process.umask(mask));
    await openAt(directory);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    const modes = readdirSync(directory).map(name => [name, statSync(join(directory, name)).mode & 0o777]);
    expect(modes.sort()).toEqual([
      ['journal.mdb', 0o600],
      ['journal.mdb-lock', 0o600],
      ['lock', 0o600],
    ]);
  });

  it('keeps account of what each source takes up, whatever comes and goes, skeletons too', async () => {
    const directory = temporaryDirectory();
    const journal = await openAt(directory);
    const positions = await Promise.all(
      [100, 1_000, 5_000, 70_000].map(bytes =>
        journal.append({ source: bytes < 2_000 ? 'a' : 'b', receivedAt: 1, bytes: Buffer.alloc(bytes) }),
      ),
    );
    const of = (source: string, eventId: string) => ({ execution: { source, executionId: 'x' }, eventId });
    await journal.settle(
      settlement({
        spans: spans('one', 'two', 'three'.repeat(2_000)),
        skeletons: [of('a', 'e1'), of('b', 'e1'), of('b', 'e2')],
        released: positions.slice(1, 3),
      }),
    );
    const operation = Buffer.alloc(100);
    await journal.settle(settlement({ skeletons: [{ ...of('b', 'e2'), operation }], now: 1_000 }));
    const keys = journal.outbox(undefined, 3).map(({ key }) => key);
    await Promise.all([journal.bury(keys.slice(1), 'refused', 1), journal.acknowledge(keys.slice(0, 2))]);
    const { sources } = journal.stats();
    await journal.close();
    const { counted, kept } = await shares(directory);
    expect(kept).toEqual(counted);
    expect(sources).toEqual(counted);
    const again = await openAt(directory);
    await again.settle(settlement({ released: positions }));
    await again.forget(2_000);
    expect([...again.stats().sources.keys()]).toEqual(['a']);
  });

  it('measures the quota by what is in use, not by the size of the file', async () => {
    const directory = temporaryDirectory();
    const journal = await openAt(directory, { maxBytes: 4 * MIB });
    for (let round = 0; round < 10; round += 1) {
      const positions: number[] = [];
      for (let index = 0; index < 3; index += 1) positions.push(await append(journal, Buffer.alloc(MIB, index)));
      await expect(append(journal, Buffer.alloc(MIB))).rejects.toMatchObject({ code: 'CREWSPAN_JOURNAL_FULL' });
      await journal.settle(settlement({ released: positions }));
    }
    expect(sizeOf(directory)).toBeLessThan(2 * 4 * MIB);
  });

  it('holds requests that come at the same time to the quota together', async () => {
    const journal = await openAt(temporaryDirectory(), { maxBytes: 4 * MIB });
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => append(journal, Buffer.alloc(MIB))));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  });

  it('leaves nothing of what was erased in its files once it was opened again', async () => {
    const directory = temporaryDirectory();
    const first = await openAt(directory);
    const position = await append(first, 'a secret'.repeat(1_000));
    await append(first, 'no secret'.repeat(1_000));
    await first.settle(settlement({ spans: spans('secret span', 'open span') }));
    const [key] = first.outbox(undefined, 1).map(entry => entry.key);
    await first.erase({ outbox: [key ?? 0], bodies: new Map([[position, undefined]]) });
    await first.close();
    const file = join(directory, 'journal.mdb');
    expect(readFileSync(file).includes('a secret')).toBe(true);
    const again = await openAt(directory);
    const bytes = readFileSync(file);
    expect(['a secret', 'secret span', 'no secret', 'open span'].map(text => bytes.includes(text))).toEqual([
      false,
      false,
      true,
      true,
    ]);
    await again.close();
    const inode = statSync(file).ino;
    await openAt(directory);
    expect(statSync(file).ino).toBe(inode);
  });

  it('leaves nothing of the ids of events that were erased, and charges nothing for them', async () => {
    const directory = temporaryDirectory();
    const journal = await openAt(directory);
    const ids = (first: string) =>
      Array.from(
        { length: 100 },
        (_, index) => `${first}fad5b-d9cb-469f-a165-708677289${String(index).padStart(3, '0')}`,
      );
    const [gone, kept] = [ids('0f8'), ids('1f8')];
    const erased = { ...EXECUTION, executionId: '2f8fad5b-d9cb-469f-a165-708677289000' };
    const other = { ...EXECUTION, executionId: '3f8fad5b-d9cb-469f-a165-708677289000' };
    const skeletons = gone.flatMap((eventId, index) => [
      { execution: erased, eventId, operation: Buffer.alloc(index) },
      { execution: other, eventId: kept[index] ?? '' },
    ]);
    await journal.settle(settlement({ skeletons, now: 1_000 }));
    await journal.settle(settlement({ skeletons: [{ execution: erased, eventId: 'e' }], now: 1_000 }));
    expect(await journal.erase({ executions: [erased] })).toMatchObject({ skeletons: 101 });
    await journal.close();
    const again = await openAt(directory);
    const bytes = readFileSync(join(directory, 'journal.mdb'));
    const isThere = (id: string): boolean => bytes.includes(Buffer.from(id.replaceAll('-', ''), 'hex'));
    expect([gone.filter(isThere), kept.filter(isThere)]).toEqual([[], kept]);
    expect([erased, other].map(({ executionId }) => isThere(executionId))).toEqual([false, true]);
    await again.close();
    const { counted, kept: account } = await shares(directory);
    expect(account).toEqual(counted);
    const last = await openAt(directory);
    expect(await last.forget(2_000)).toBe(100);
    expect(last.stats().sources).toEqual(new Map());
  });

  it('shrinks at the start when most of the file is free, and loses nothing', async () => {
    const directory = temporaryDirectory();
    const first = await openAt(directory);
    const positions: number[] = [];
    for (let index = 0; index < 40; index += 1) positions.push(await append(first, Buffer.alloc(MIB, index)));
    await first.settle(
      settlement({
        spans: spans('a', 'b'),
        skeletons: [{ execution: EXECUTION, eventId: 'e' }],
        released: positions.slice(1),
      }),
    );
    await first.bury(
      first.outbox(undefined, 1).map(({ key }) => key),
      'poison',
      1,
    );
    const { usedBytes, ...counts } = first.stats();
    await first.close();
    expect(sizeOf(directory)).toBeGreaterThan(40 * MIB);
    const again = await openAt(directory);
    expect(sizeOf(directory)).toBeLessThan(4 * MIB);
    expect(again.stats()).toMatchObject(counts);
    expect(again.stats().usedBytes).toBeLessThanOrEqual(usedBytes);
    expect(digests(await held(again))).toEqual(digests(new Map([[positions[0] ?? 0, Buffer.alloc(MIB, 0)]])));
    expect(outboxTexts(again)).toEqual(['b']);
    expect(again.deadLetters(undefined, 10)).toMatchObject([{ reason: 'poison' }]);
    expect(again.skeleton(EXECUTION, 'e')).toBeDefined();
    expect(await append(again, 'next')).toBe((positions.at(-1) ?? 0) + 1);
    expect(readdirSync(directory).sort()).toEqual(['journal.mdb', 'journal.mdb-lock', 'lock']);
    expect(statSync(join(directory, 'journal.mdb')).mode & 0o777).toBe(0o600);
  });
});
