import { expect, it } from 'vitest';
import { table } from '../../src/commands/dead-letter-text.ts';

it('lines up columns, and leaves the last as long as it is', () => {
  expect(
    table([
      ['KEY', 'REASON'],
      ['1000', 'too large'],
    ]),
  ).toBe('KEY   REASON\n1000  too large');
});

it('takes more rows than a call takes arguments', () => {
  const rows = new Array<string[]>(200_000).fill(['1', 'refused']);
  expect(table(rows).split('\n')).toHaveLength(rows.length);
});
