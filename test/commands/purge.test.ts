import { describe, expect, it } from 'vitest';
import { readPurgeRequest } from '../../src/commands/purge.ts';

const NOTHING = {
  execution: undefined,
  source: undefined,
  olderThan: undefined,
  undelivered: false,
  dryRun: false,
};
const DAY_MS = 86_400_000;

describe('the arguments of purge', () => {
  it('name an execution, or an age', () => {
    expect(readPurgeRequest({ ...NOTHING, execution: 'run', source: 'a', dryRun: true })).toEqual({
      ok: true,
      value: { executionId: 'run', source: 'a', dryRun: true },
    });
    expect(readPurgeRequest({ ...NOTHING, olderThan: '90d', undelivered: true }, 100 * DAY_MS)).toEqual({
      ok: true,
      value: { before: 10 * DAY_MS, undelivered: true, dryRun: false },
    });
  });

  it.each([
    ['nothing', {}],
    ['both', { execution: 'run', olderThan: '1d' }],
    ['an empty id', { execution: '' }],
    ['no duration', { olderThan: 'yesterday' }],
    ['a duration without unit', { olderThan: '7' }],
    ['an age of a source', { olderThan: '1d', source: 'a' }],
    ['an execution as far as it is undelivered', { execution: 'run', undelivered: true }],
  ])('must not be %s', (_, given) => {
    expect(readPurgeRequest({ ...NOTHING, ...given })).toMatchObject({ ok: false, fault: expect.any(String) });
  });
});
