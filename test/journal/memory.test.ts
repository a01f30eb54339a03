import { createMemoryJournal } from '../../src/journal/memory.ts';
import { describeJournal } from './contract.ts';

describeJournal('the journal in memory', async options => ({ journal: createMemoryJournal(options) }));
