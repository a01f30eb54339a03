import { expect, it } from 'vitest';
import { createKeyed, createTally } from '../../src/telemetry/tally.ts';

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

it('what is made for a key is made once', () => {
  const made: string[] = [];
  const keyed = createKeyed((key: string) => ({ key, at: made.push(key) }));
  expect(keyed('a')).toBe(keyed('a'));
  expect(keyed('b')).toEqual({ key: 'b', at: 2 });
  expect(made).toEqual(['a', 'b']);
});
