/**
 * One process a directory. The lock is a Unix socket that its holder listens on: the kernel takes it down with the
 * process, whatever kills it, and it needs no process ids, of which every container has the same.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { codeOf } from '../../thrown.ts';
import { storeLocked, storeUnwritable } from './faults.ts';
import { withSocketAddresses } from './socket-address.ts';

export interface DirectoryLock {
  release(): Promise<void>;
}

/** Of the socket; those that are on the way to it have more behind. */
export const LOCK_NAME = 'lock';
/** Each round something in the way was cleared, or somebody else got ahead. */
const ROUNDS = 5;

/** Throws `CREWSPAN_STORE_LOCKED` where another process holds it. */
export function lockDirectory(directory: string): Promise<DirectoryLock> {
  return withSocketAddresses(directory, async addressOf => {
    const own = `${LOCK_NAME}.${randomBytes(6).toString('hex')}`;
    const server = await listen(addressOf(own), directory);
    try {
      chmodSync(join(directory, own), 0o600);
      await take(directory, own, addressOf);
    } catch (error) {
      await close(server);
      throw error;
    } finally {
      rmSync(join(directory, own), { force: true });
    }
    for (const left of readdirSync(directory, { withFileTypes: true })) {
      if (left.name.startsWith(`${LOCK_NAME}.`) && !left.isDirectory()) rmSync(join(directory, left.name));
    }
    return {
      async release() {
        rmSync(join(directory, LOCK_NAME), { force: true });
        await close(server);
      },
    };
  });
}

/** Whether a process holds it, without taking it. Throws `CREWSPAN_STORE_UNWRITABLE` where it cannot be asked. */
export function isLocked(directory: string): Promise<boolean> {
  return withSocketAddresses(directory, addressOf => isListenedOn(addressOf(LOCK_NAME)));
}

/**
 * The socket gets its public name by a link, which fails where the name is taken. One that nobody listens on any more
 * is moved away, and looked at once more: somebody else may have cleared it, and taken the lock, in between.
 */
async function take(directory: string, own: string, addressOf: (name: string) => string): Promise<void> {
  const at = (name: string): string => join(directory, name);
  const aside = `${own}.stale`;
  for (let round = 0; round < ROUNDS; round += 1) {
    try {
      linkSync(at(own), at(LOCK_NAME));
      return;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') throw storeLocked(directory);
      if (codeOf(error) !== 'EEXIST') throw storeUnwritable(directory, error);
    }
    if (await isListenedOn(addressOf(LOCK_NAME))) throw storeLocked(directory);
    try {
      renameSync(at(LOCK_NAME), at(aside));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') continue;
      throw storeUnwritable(directory, error);
    }
    if (await isListenedOn(addressOf(aside))) {
      renameSync(at(aside), at(LOCK_NAME));
      throw storeLocked(directory);
    }
    rmSync(at(aside), { force: true });
  }
  throw storeLocked(directory);
}

function listen(address: string, directory: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => socket.destroy());
    server.unref();
    server.once('error', cause => reject(storeUnwritable(directory, cause)));
    server.listen(address, () => resolve(server));
  });
}

function isListenedOn(address: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(address);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', error => {
      // Where it cannot be asked, it is not for us to take.
      resolve(!['ECONNREFUSED', 'ENOENT', 'ENOTSOCK'].includes(codeOf(error) ?? ''));
    });
  });
}

const close = (server: Server): Promise<void> => new Promise(resolve => server.close(() => resolve()));
