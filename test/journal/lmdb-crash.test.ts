/** kill -9 at any moment: what was promised before is there, and every settlement is there as a whole or not at all. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { startProcess } from './lmdb-process.ts';
import { EXECUTION, held, openAt, outboxTexts, shares } from './lmdb-support.ts';

const ROUNDS = 12;

it('loses nothing that was promised when it is killed at any moment', async () => {
  const directory = temporaryDirectory();
  const appended = new Map<number, string>();
  const settled = new Map<number, string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const process = startProcess([directory, 'work', String(round)]);
    await process.printed(2 + round * 5);
    await sleep(Math.random() * 100);
    await process.kill();
    for (const line of process.lines()) {
      const [what, position, name = ''] = line.split(' ');
      if (what === 'appended') appended.set(Number(position), name);
      if (what === 'settled') settled.set(Number(position), name);
    }

    const journal = await openAt(directory);
    const bodies = await held(journal);
    const spans = new Set(outboxTexts(journal));
    for (const [position, name] of appended) {
      const body = bodies.get(position)?.toString();
      const marks = [
        spans.has(`${name} first`),
        spans.has(`${name} second`),
        journal.skeleton(EXECUTION, name) !== undefined,
      ];
      if (settled.has(position)) expect([name, body]).toEqual([name, undefined]);
      // A settlement that nobody was told of may have come through, but then all of it has.
      if (body === undefined) expect([name, ...marks]).toEqual([name, true, true, true]);
      else {
        expect(body.startsWith(`${name} .`) || body === `${name} `).toBe(true);
        expect([name, ...marks]).toEqual([name, false, false, false]);
      }
    }
    expect(journal.stats()).toMatchObject({ bodies: bodies.size, undelivered: spans.size });
    await journal.acknowledge(journal.outbox(undefined, 1_000).map(({ key }) => key));
    const done = [...appended.keys()].filter(position => !bodies.has(position));
    for (const position of done) appended.delete(position);
    await journal.close();
    const { counted, kept } = await shares(directory);
    expect(kept).toEqual(counted);
  }
  expect(settled.size).toBeGreaterThan(ROUNDS);
});
