import { describe, expect, it } from 'vitest';
import { readPurgeRequest } from '../../src/commands/purge.ts';

const DAY_MS = 86_400_000;

describe('the arguments of purge', () => {
  it('name an execution, or an age', () => {
    expect(readPurgeRequest({ execution: 'run', source: 'a', 'dry-run': true })).toEqual({
      ok: true,
      value: { executionId: 'run', source: 'a', dryRun: true },
    });
    expect(readPurgeRequest({ 'older-than': '90d', undelivered: true }, 100 * DAY_MS)).toEqual({
      ok: true,
      value: { before: 10 * DAY_MS, undelivered: true, dryRun: false },
    });
  });

  it.each([
    ['nothing', {}],
    ['both', { execution: 'run', 'older-than': '1d' }],
    ['an empty id', { execution: '' }],
    ['no duration', { 'older-than': 'yesterday' }],
    ['a duration without unit', { 'older-than': '7' }],
    ['an age of a source', { 'older-than': '1d', source: 'a' }],
    ['an execution as far as it is undelivered', { execution: 'run', undelivered: true }],
  ])('must not be %s', (_, given) => {
    expect(readPurgeRequest(given)).toMatchObject({ ok: false, fault: expect.any(String) });
  });
});
