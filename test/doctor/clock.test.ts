import { describe, expect, it } from 'vitest';
import { checkClock } from '../../src/doctor/clock.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const check = (theirs: number, took = 100) =>
  checkClock({ date: new Date(theirs).toUTCString(), sentAt: NOW, answeredAt: NOW + took });

describe('the clock', () => {
  it.each([0, 4_000, -4_000])('may be %i ms off', off => {
    expect(check(NOW + off)).toMatchObject([{ status: 'ok', code: 'clock.agrees' }]);
  });

  it('of a machine that runs behind or ahead is named', () => {
    expect(check(NOW + 60_000)).toMatchObject([
      { status: 'warning', code: 'clock.off', summary: expect.stringContaining('60 s behind') },
    ]);
    expect(check(NOW - 61_000)).toMatchObject([{ summary: expect.stringContaining('60 s ahead of') }]);
  });

  it('is not blamed for an answer that took long', () => {
    expect(check(NOW + 60_000, 60_000)).toMatchObject([{ status: 'ok' }]);
  });

  it('cannot be compared where no time is told', () => {
    expect(checkClock({ date: undefined, sentAt: NOW, answeredAt: NOW })).toEqual([]);
    expect(checkClock({ date: 'noon', sentAt: NOW, answeredAt: NOW })).toEqual([]);
  });
});
