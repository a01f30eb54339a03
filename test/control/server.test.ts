import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createStoreOperations } from '../../src/control/operations.ts';
import { startControl } from '../../src/control/server.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import { createLog } from '../../src/log.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const log = createLog({ level: 'silent' });

it('says what to do where a directory has the name of the socket', async () => {
  const directory = temporaryDirectory();
  const journal = createMemoryJournal();
  onTestFinished(() => journal.close());
  mkdirSync(join(directory, 'control'));
  await expect(startControl({ directory, operations: createStoreOperations({ journal }), log })).rejects.toMatchObject({
    code: 'CREWSPAN_STORE_UNWRITABLE',
    message: expect.stringMatching(/control is a directory, .* Move it away/),
  });
});
