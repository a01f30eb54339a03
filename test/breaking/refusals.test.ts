/** A store that cannot be used ends `serve` with 1 and a clear message, and is left as it was. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import { describe, expect, it } from 'vitest';
import { flip, hashOf } from '../support/files.ts';
import { canMount, noMount, smallDisk } from '../support/small-disk.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { madeRun } from './support/made-run.ts';
import { bodiesOf, sendAll } from './support/sender.ts';
import { type Installation, install } from './support/service-process.ts';

const FILE = 'journal.mdb';
const FAILED = { code: 1, signal: null };
const NOWHERE = { OTEL_TRACES_EXPORTER: 'none' };

/** A store with events in it, whose process is gone. */
async function filledStore(): Promise<Installation> {
  const installation = await install(NOWHERE);
  const service = installation.start();
  await service.listening();
  await sendAll([bodiesOf([...madeRun({ run: 1, uses: 200 })], 20)], { url: installation.webhook });
  await service.signal('SIGTERM');
  return installation;
}

function contentsOf(directory: string): Record<string, string> {
  const files = readdirSync(directory, { withFileTypes: true }).filter(entry => entry.isFile());
  return Object.fromEntries(files.map(({ name }) => [name, hashOf(join(directory, name))]));
}

async function expectRefusal({ start }: Pick<Installation, 'start'>, code: string, words: string): Promise<void> {
  const service = start();
  expect(await service.ended).toEqual(FAILED);
  const said = service.log();
  expect(said).toContain(`(${code})`);
  expect(said).toContain(words);
  // For an operator, not for a developer.
  expect(said).not.toMatch(/^\s+at /m);
}

describe('serve refuses, and leaves alone,', () => {
  it.each<[string, string, (file: string) => unknown]>([
    ['a store that was cut short', 'is damaged', file => truncateSync(file, 20_000)],
    ['a store with a flipped bit in its root', 'is damaged', file => flipInRoots(file, 24, 3)],
    ['something else under its name', 'is damaged', file => writeFileSync(file, 'no store '.repeat(2_000))],
  ])('%s', async (_, words, damage) => {
    const store = await filledStore();
    damage(join(store.directory, FILE));
    const before = contentsOf(store.directory);
    await expectRefusal(store, 'CREWSPAN_STORE_DAMAGED', words);
    expect(contentsOf(store.directory)).toEqual(before);
  });

  it('a store of a newer format', async () => {
    const store = await filledStore();
    const root = open(join(store.directory, FILE), { noSubdir: true, encoding: 'binary' });
    await root.openDB('meta', { encoding: 'binary' }).put('format', Buffer.from('99'));
    await root.close();
    const before = contentsOf(store.directory);
    await expectRefusal(store, 'CREWSPAN_STORE_FORMAT', 'format 99');
    expect(contentsOf(store.directory)[FILE]).toBe(before[FILE]);
  });

  it('a store that another process holds, which goes on', async () => {
    const store = await filledStore();
    const holder = store.start();
    await holder.ready();
    const other = await install(NOWHERE, store.directory);
    await expectRefusal(other, 'CREWSPAN_STORE_LOCKED', 'in use by another crewspan');
    await sendAll([bodiesOf([...madeRun({ run: 2, uses: 5 })])], { url: store.webhook });
    expect(await holder.signal('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  it('a directory that is a file', async () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, 'mine');
    await expectRefusal(await install(NOWHERE, file), 'CREWSPAN_STORE_UNWRITABLE', file);
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  it.skipIf(!canMount)(`a directory on a disk that may only be read${noMount}`, async () => {
    const disk = smallDisk('1m');
    const directory = join(disk, 'store');
    mkdirSync(directory);
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    await expectRefusal(await install(NOWHERE, directory), 'CREWSPAN_STORE_UNWRITABLE', directory);
    expect(readdirSync(directory)).toEqual([]);
  });
});

/** Both roots of LMDB: it takes the newer one that is whole. */
function flipInRoots(file: string, offset: number, bit: number): void {
  for (const page of [0, 4096]) flip(file, page + offset, bit);
}
