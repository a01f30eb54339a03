import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { rateLimited } from '../src/log.ts';
import { recordLog } from './webhook/support.ts';

describe('the log', () => {
  it('writes no secret, wherever it lies', () => {
    const { log, lines } = recordLog();
    log.info({ authorization: 'SECRET', request: { headers: { authorization: 'SECRET' } } }, 'a');
    log.info(
      { delivery: { headers: { 'x-api-key': 'SECRET' }, tls: { key: 'SECRET' } }, tokens: { a: ['SECRET'] } },
      'b',
    );
    log.info({ settings: { webhook: { tokens: ['SECRET'] } }, token: 'SECRET' }, 'c');
    expect(lines).toHaveLength(3);
    expect(lines.join()).not.toContain('SECRET');
    expect(lines.join()).toContain('[redacted]');
  });

  it('writes names of levels and readable times, and keeps to its level', () => {
    const { log, lines } = recordLog('warn');
    log.info('quiet');
    log.warn('loud');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'warn',
      name: 'crewspan',
      msg: 'loud',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });
});

describe('a rate-limited warning', () => {
  it('comes at once, then seldom, and tells what it kept to itself', () => {
    const { log, lines } = recordLog();
    let now = 0;
    const warn = rateLimited(log, 100, () => now);
    for (now = 0; now <= 100; now += 10) warn('a', { n: now }, 'again');
    warn('b', {}, 'another kind');
    expect(lines.map(line => JSON.parse(line)).map(({ n, msg, suppressed }) => [n, msg, suppressed])).toEqual([
      [0, 'again', undefined],
      [100, 'again', 9],
      [undefined, 'another kind', undefined],
    ]);
  });

  it('comes again in time although the clock was set back meanwhile', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const { log, lines } = recordLog();
    const warn = rateLimited(log, 1);
    warn('a', {}, 'again');
    vi.setSystemTime(Date.now() - 3_600_000);
    await new Promise(resolve => setTimeout(resolve, 10));
    warn('a', {}, 'again');
    expect(lines).toHaveLength(2);
  });
});
