import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLmdbJournal } from '../../src/journal/lmdb/open.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { describeJournal } from './contract.ts';

describeJournal('the journal in LMDB', async options => {
  const directory = mkdtempSync(join(tmpdir(), 'crewspan-'));
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
