import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CrewspanError } from '../../src/errors.ts';
import { startForgetting } from '../../src/journal/retention.ts';
import { createLog } from '../../src/log.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 10, 26);

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});

afterEach(() => {
  vi.useRealTimers();
});

function forgetting(retentionMs: number, forget: (before: number) => Promise<number>) {
  const lines: string[] = [];
  const log = createLog({ level: 'debug', destination: { write: line => void lines.push(line) } });
  return { stop: startForgetting({ journal: { forget }, retentionMs, log }), lines };
}

test.each([
  ['a day', DAY, DAY / 24],
  ['a second, but not without a pause', 1_000, 1_000],
  ['a year, but every hour', 365 * DAY, DAY / 24],
])('what is older than %s is forgotten again and again', async (_, retentionMs, every) => {
  const forget = vi.fn(async () => 0);
  const { stop } = forgetting(retentionMs, forget);
  await vi.advanceTimersByTimeAsync(every - 1);
  expect(forget).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1 + every);
  expect(forget.mock.calls).toEqual([[START + every - retentionMs], [START + 2 * every - retentionMs]]);
  await stop();
  await vi.advanceTimersByTimeAsync(2 * DAY);
  expect(forget).toHaveBeenCalledTimes(2);
});

test('a journal that fails once is asked again, and the operator is told', async () => {
  const forget = vi.fn(async () => 1).mockRejectedValueOnce(new Error('EIO'));
  const { stop, lines } = forgetting(DAY, forget);
  await vi.advanceTimersByTimeAsync(DAY / 12);
  expect(forget).toHaveBeenCalledTimes(2);
  expect(lines.filter(line => line.includes('EIO'))).toHaveLength(1);
  await stop();
});

test('what takes longer than a pause is not begun twice, and stopping waits for it', async () => {
  let reject: (error: unknown) => void = () => {};
  const forget = vi.fn(
    () =>
      new Promise<number>((_, refuse) => {
        reject = refuse;
      }),
  );
  const { stop, lines } = forgetting(DAY, forget);
  await vi.advanceTimersByTimeAsync(DAY / 8);
  expect(forget).toHaveBeenCalledOnce();
  let hasStopped = false;
  const stopped = stop().then(() => {
    hasStopped = true;
  });
  await vi.advanceTimersByTimeAsync(0);
  expect(hasStopped).toBe(false);
  // As when the journal closes meanwhile, which is no fault.
  reject(new CrewspanError('CREWSPAN_JOURNAL_CLOSED', 'closed'));
  await stopped;
  expect(lines).toEqual([]);
});
