/** One process a directory. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { startProcess } from './lmdb-process.ts';
import { append, openAt, texts } from './lmdb-support.ts';

const locked = { code: 'CREWSPAN_STORE_LOCKED' };

it('refuses a directory that another process holds, and takes it over once that was killed', async () => {
  const directory = temporaryDirectory();
  const other = startProcess([directory, 'hold']);
  await other.printed(1);
  await expect(openAt(directory)).rejects.toMatchObject(locked);
  await expect(openAt(directory)).rejects.toMatchObject(locked);
  await other.kill();
  expect(readdirSync(directory)).toContain('lock');
  await append(await openAt(directory), 'mine');
});

it('refuses a directory that the same process holds, until it is closed', async () => {
  const directory = temporaryDirectory();
  const journal = await openAt(directory);
  await append(journal, 'kept');
  await expect(openAt(directory)).rejects.toMatchObject(locked);
  await journal.close();
  expect(await texts(await openAt(directory))).toEqual(['kept']);
});

it('lets one of many have it that come at the same time, also over the lock of a process that died', async () => {
  const directory = temporaryDirectory();
  const died = startProcess([directory, 'hold']);
  await died.printed(1);
  await died.kill();
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => openAt(directory)));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(locked);
});

it('leaves nothing behind when it is closed', async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'lock.0123456789ab'), 'of a process that was killed as it came');
  const journal = await openAt(directory);
  expect(readdirSync(directory).filter(name => name.startsWith('lock'))).toEqual(['lock']);
  await journal.close();
  expect(readdirSync(directory).filter(name => name.startsWith('lock'))).toEqual([]);
});

it('works in a directory whose path is longer than the address of a socket', async () => {
  const directory = join(
    temporaryDirectory(),
    ...Array.from({ length: 10 }, () => 'a-rather-long-name-of-a-directory'),
  );
  const journal = await openAt(directory);
  await append(journal, 'kept');
  await expect(openAt(directory)).rejects.toMatchObject(locked);
  await journal.close();
  expect(await texts(await openAt(directory))).toEqual(['kept']);
});

it('is held by a process that does not get round to answering', async () => {
  const directory = temporaryDirectory();
  const other = startProcess([directory, 'hold']);
  await other.printed(1);
  other.child.kill('SIGSTOP');
  await expect(openAt(directory)).rejects.toMatchObject(locked);
  other.child.kill('SIGCONT');
});

it('says so where there can be no store', async () => {
  const directory = temporaryDirectory();
  const file = join(directory, 'file');
  writeFileSync(file, '');
  for (const path of [file, join(file, 'below')]) {
    await expect(openAt(path)).rejects.toMatchObject({
      code: 'CREWSPAN_STORE_UNWRITABLE',
      message: expect.stringContaining(path),
    });
  }
  await expect(openAt(file)).rejects.toThrow('it is not a directory');
  mkdirSync(join(directory, 'store', 'journal.mdb'), { recursive: true });
  await expect(openAt(join(directory, 'store'))).rejects.toMatchObject({ code: 'CREWSPAN_STORE_UNWRITABLE' });
});

it.each(['lock', 'journal.mdb', 'journal.mdb-lock', 'journal.mdb.compacting'])(
  'says what to do where %s is a directory, and leaves it where it is',
  async name => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, name));
    await expect(openAt(directory)).rejects.toMatchObject({
      code: 'CREWSPAN_STORE_UNWRITABLE',
      message: expect.stringMatching(`${name} is a directory, .* Move it away`),
    });
    expect(readdirSync(directory)).toEqual([name]);
  },
);

it('lets a directory be that is called as a lock of others', async () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'lock.old', 'kept'), { recursive: true });
  await openAt(directory);
  expect(readdirSync(join(directory, 'lock.old'))).toEqual(['kept']);
});

it.skipIf(!existsSync('/proc/self'))(
  'says so below /proc, where no directory can be made, and does not wait for ever',
  async () => {
    for (const path of ['/proc/crewspan', '/proc/self/crewspan/store'])
      await expect(openAt(path)).rejects.toMatchObject({ code: 'CREWSPAN_STORE_UNWRITABLE' });
  },
);

it('takes no socket for its own that somebody else listens on', async () => {
  const directory = temporaryDirectory();
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>(resolve => server.listen(join(directory, 'lock'), resolve));
  await expect(openAt(directory)).rejects.toMatchObject(locked);
});
