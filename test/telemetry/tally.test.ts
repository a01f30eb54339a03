import { expect, it } from 'vitest';
import { createTally } from '../../src/telemetry/tally.ts';

it('a tally has one count for each set of labels, from 0 on', () => {
  const tally = createTally();
  const held = tally.series({ source: 'a' });
  tally.series({ source: 'b' });
  held.value += 2;
  tally.series({ source: 'a' }).value += 3;
  tally.series().value += 1;
  expect([...tally.all()]).toEqual([
    { labels: { source: 'a' }, value: 5 },
    { labels: { source: 'b' }, value: 0 },
    { labels: {}, value: 1 },
  ]);
});
