import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkDisk } from '../../src/doctor/disk.ts';
import { judgeFlushes, measureFlushes } from '../../src/doctor/flush.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const EXT4 = 0xef53;
const MIB = 2 ** 20;

function check(some: { type?: number; freeBytes?: number; usedBytes?: number; platform?: NodeJS.Platform }) {
  const { type = EXT4, freeBytes = 4096 * MIB, usedBytes = 0, platform = 'linux' } = some;
  return checkDisk({
    disk: { type, bavail: freeBytes / 4096, bsize: 4096 },
    platform,
    usedBytes,
    maxBytes: 2048 * MIB,
  });
}

describe('the disk', () => {
  it('has room for the quota', () => {
    expect(check({})).toMatchObject([
      { status: 'ok', code: 'disk.room', summary: expect.stringContaining('4 GiB free') },
    ]);
    expect(check({ freeBytes: 100 * MIB, usedBytes: 1948 * MIB })).toMatchObject([{ status: 'ok' }]);
  });

  it('is too small for the quota, or for anything', () => {
    expect(check({ freeBytes: 100 * MIB })).toMatchObject([{ status: 'warning', code: 'disk.small' }]);
    expect(check({ freeBytes: 4 * MIB })).toMatchObject([{ status: 'fault', code: 'disk.full' }]);
  });

  it.each([
    [0x6969, 'fault', 'NFS'],
    [-0xacb2be, 'fault', 'CIFS'],
    [0x01021994, 'warning', 'tmpfs'],
    [0x794c7630, 'warning', 'overlay'],
    [0x65735546, 'warning', 'FUSE'],
    [0x9123683e, 'warning', 'btrfs'],
  ] as const)('of kind %s is a %s: %s', (type, status, name) => {
    expect(check({ type })).toMatchObject([{ status, code: 'disk.kind', facts: { name } }, { code: 'disk.room' }]);
  });

  it('is asked for its kind on Linux only', () => {
    expect(check({ type: 0x6969, platform: 'darwin' })).toMatchObject([{ code: 'disk.room' }]);
  });
});

describe('flushes', () => {
  it('are measured by the clock that is given, and leave nothing behind', async () => {
    const directory = temporaryDirectory();
    let ticks = 0;
    const durations = await measureFlushes(directory, () => {
      ticks += 3;
      return ticks;
    });
    expect(durations).toHaveLength(20);
    expect(new Set(durations)).toEqual(new Set([3]));
    expect(readdirSync(directory)).toEqual([]);
  });

  it('are told as commits a second', () => {
    expect(judgeFlushes([1, 1, 1, 2, 40])).toMatchObject({
      status: 'ok',
      code: 'flush.fast',
      facts: { medianMs: 1, worstMs: 40, commitsPerSecond: 500 },
    });
  });

  it.each([[[30, 30, 30]], [[1, 1, 900]]])('of %j ms are slow', durations => {
    expect(judgeFlushes(durations)).toMatchObject({ status: 'warning', code: 'flush.slow' });
  });
});
