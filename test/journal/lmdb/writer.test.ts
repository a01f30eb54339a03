import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createAccounts } from '../../../src/journal/lmdb/accounts.ts';
import type { Batch } from '../../../src/journal/lmdb/batch.ts';
import { createRoom } from '../../../src/journal/lmdb/room.ts';
import { openStore } from '../../../src/journal/lmdb/store.ts';
import { createWriter } from '../../../src/journal/lmdb/writer.ts';
import { createLog } from '../../../src/log.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

function opened() {
  const store = openStore(join(temporaryDirectory(), 'journal.mdb'));
  onTestFinished(() => store.close());
  const accounts = createAccounts(store.tables.meta);
  const log = createLog({ level: 'silent' });
  const room = createRoom({ store, accounts, maxBytes: Number.POSITIVE_INFINITY, shares: 1, log });
  return { bodies: store.tables.bodies, accounts, writer: createWriter({ store, room, accounts }) };
}

it('writes nothing of a request that fails half way, and all of those that come with it', async () => {
  const { bodies, accounts, writer } = opened();
  const add = (batch: Batch, text: string): number => {
    const record = batch.allocate(text.length);
    record.write(text);
    batch.totals.lastPosition += 1;
    batch.totals.bodies += 1;
    batch.add(bodies, batch.totals.lastPosition, record, { source: 'a', bytes: 10 });
    return batch.totals.lastPosition;
  };
  const outcomes = await Promise.allSettled([
    writer.write('adding', batch => add(batch, 'first')),
    writer.write('adding', batch => {
      add(batch, 'half');
      throw new Error('cannot read');
    }),
    writer.write('adding', batch => add(batch, 'second')),
  ]);
  expect(outcomes).toEqual([
    { status: 'fulfilled', value: 1 },
    { status: 'rejected', reason: new Error('cannot read') },
    { status: 'fulfilled', value: 2 },
  ]);
  expect([...bodies.from()].map(({ key, value }) => [key, value.toString()])).toEqual([
    [1, 'first'],
    [2, 'second'],
  ]);
  expect(writer.totals).toMatchObject({ lastPosition: 2, bodies: 2 });
  expect(accounts.shares).toEqual(new Map([['a', 20]]));
});
