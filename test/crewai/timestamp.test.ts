import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTimestamp } from '../../src/crewai/timestamp.ts';

const NOON = Date.UTC(2026, 10, 23, 12, 0, 0) * 1000;

describe('a timestamp', () => {
  it.each<[string, unknown, number]>([
    ['UTC', '2026-11-23T12:00:00Z', NOON],
    ['with microseconds', '2026-11-23T12:00:00.672920Z', NOON + 672_920],
    ['with milliseconds', '2026-11-23T12:00:00.672Z', NOON + 672_000],
    ['with one digit', '2026-11-23T12:00:00.6Z', NOON + 600_000],
    ['with nanoseconds', '2026-11-23T12:00:00.672920999Z', NOON + 672_920],
    ['naive', '2026-11-23T12:00:00.000001', NOON + 1],
    ['as str() writes it', '2026-11-23 12:00:00.000001+00:00', NOON + 1],
    ['east', '2026-11-23T13:30:00+01:30', NOON],
    ['west', '2026-11-23T07:00:00.5-0500', NOON + 500_000],
    ['of 1969 there, and of 1970 in UTC', '1969-12-31T23:30:00-01:00', 1_800_000_000],
    ['in small letters', '2026-11-23t12:00:00z', NOON],
    ['of a leap day', '2028-02-29T00:00:00Z', Date.UTC(2028, 1, 29) * 1000],
    ['the first', '1970-01-01T00:00:00Z', 0],
    ['the last', '2200-12-31T23:59:59.999999Z', Date.UTC(2201, 0, 1) * 1000 - 1],
    ['in seconds', NOON / 1e6, NOON],
    ['in seconds with a fraction', NOON / 1e6 + 0.5, NOON + 500_000],
    ['in milliseconds', NOON / 1000, NOON],
  ])('%s', (_case, value, expected) => {
    expect(readTimestamp(value)).toBe(expected);
  });

  it.each([
    undefined,
    null,
    true,
    {},
    [],
    '',
    'yesterday',
    '2026-11-23',
    '2026-13-01T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-11-31T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-11-23T24:00:00Z',
    '2026-11-23T12:60:00Z',
    '2026-11-23T12:00:60Z',
    '2026-11-23T12:00:00+24:00',
    '2026-11-23T12:00:00+01:60',
    '2026-11-23T12:00:00.Z',
    '2026-11-23T12:00:00 CET',
    '1969-12-31T23:59:59Z',
    '0001-01-01T00:00:00',
    '0099-01-01T00:00:00Z',
    '2201-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '1763900000',
    `2026-11-23T12:00:00.${'0'.repeat(10_000)}Z`,
    0,
    -1,
    1,
    12_345_678_900,
    Number.MAX_SAFE_INTEGER,
    Number.POSITIVE_INFINITY,
    Number.NaN,
  ])('is none: %j', value => {
    expect(readTimestamp(value)).toBeUndefined();
  });

  it('agrees with Date on every instant that Date can write', () => {
    const instants = fc.date({ min: new Date(0), max: new Date('2200-12-31T23:59:59.999Z'), noInvalidDate: true });
    fc.assert(fc.property(instants, date => readTimestamp(date.toISOString()) === date.getTime() * 1000));
  });
});
