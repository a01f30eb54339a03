/** Unix sockets in the directory of a store, however long its path is. */
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { storeUnwritable } from './faults.ts';

/** What an address of a Unix socket holds, on every platform: its field has 104 bytes or more. */
const MAX_ADDRESS_BYTES = 100;
/** Of the names of sockets in the directory. */
const LONGEST_NAME = 'lock.0123456789ab.stale';

/**
 * Gives `use` a way to name sockets in the directory, for as long as it runs. An address is short, a path may be long:
 * then the way leads over the open directory, where the system has that.
 */
export async function withSocketAddresses<T>(
  directory: string,
  use: (addressOf: (name: string) => string) => Promise<T>,
): Promise<T> {
  if (Buffer.byteLength(join(directory, LONGEST_NAME)) <= MAX_ADDRESS_BYTES) return use(name => join(directory, name));
  const descriptor = openSync(directory, 'r');
  try {
    const short = `/proc/self/fd/${descriptor}`;
    if (existsSync(short)) return await use(name => `${short}/${name}`);
    throw storeUnwritable(directory, new Error('its path is too long for a Unix socket, which serves as the lock'));
  } finally {
    closeSync(descriptor);
  }
}
