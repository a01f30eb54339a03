/** A process that uses a store until it is killed. Prints a line for each thing that the store has promised. */
import { writeSync } from 'node:fs';
import { openLmdbJournal } from '../../dist/journal/lmdb/open.js';
import { createLog } from '../../dist/log.js';

const [directory, mode, round = '0'] = process.argv.slice(2);
const print = (...words) => writeSync(1, `${words.join(' ')}\n`);

const journal = await openLmdbJournal({ directory, log: createLog({ level: 'warn' }) });
print('open');

if (mode === 'append-one') {
  print('before');
  await journal.append({ source: 'a', receivedAt: 1, bytes: Buffer.from('strace me') });
  print('after');
  await journal.close();
}

if (mode === 'hold') setInterval(() => {}, 1_000);

if (mode === 'work') await Promise.all([0, 1, 2, 3].map(work));

async function work(worker) {
  for (let index = 0; ; index += 1) {
    const name = `${round}/${worker}/${index}`;
    const position = await journal.append({
      source: 'a',
      receivedAt: 1,
      bytes: Buffer.from(`${name} ${'.'.repeat((index * 997) % 20_000)}`),
    });
    print('appended', position, name);
    if (index % 3 !== 0) continue;
    const execution = { source: 'a', executionId: 'x' };
    await journal.settle({
      spans: ['first', 'second'].map(part => ({
        execution,
        preamble: Buffer.from('preamble'),
        span: Buffer.from(`${name} ${part}`),
      })),
      open: [],
      skeletons: [{ execution, eventId: name }],
      released: [position],
      now: Date.now(),
    });
    print('settled', position, name);
  }
}
