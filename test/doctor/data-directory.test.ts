import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkDirectory } from '../../src/doctor/data-directory.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const user = process.getuid?.();
const isRoot = user === 0;

describe('the data directory', () => {
  it('that is not there yet is not made', () => {
    const base = temporaryDirectory();
    const directory = join(base, 'some', 'where');
    expect(checkDirectory(directory, user)).toMatchObject({
      exists: false,
      nearest: base,
      writable: true,
      findings: [{ status: 'ok', code: 'data.writable' }],
    });
    expect(existsSync(join(base, 'some'))).toBe(false);
  });

  it('for one user alone is well', () => {
    expect(checkDirectory(temporaryDirectory(), user)).toMatchObject({
      exists: true,
      writable: true,
      findings: [{ status: 'ok' }],
    });
  });

  it('that others may read is named, and closed at a start', () => {
    const directory = temporaryDirectory();
    chmodSync(directory, 0o755);
    expect(checkDirectory(directory, user)).toMatchObject({
      writable: true,
      findings: [{ status: 'warning', code: 'data.mode', facts: { mode: '755' } }],
    });
  });

  it('that is a file is none', () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    expect(checkDirectory(file, user)).toMatchObject({
      writable: false,
      findings: [{ status: 'fault', code: 'data.unwritable', summary: expect.stringContaining('is not a directory') }],
    });
    expect(checkDirectory(join(file, 'below'), user)).toMatchObject({ writable: false });
  });

  it('of another user who may write is named', () => {
    const directory = temporaryDirectory();
    const other = (user ?? 0) + 1;
    expect(checkDirectory(directory, other)).toMatchObject({ findings: [{ status: 'warning', code: 'data.owner' }] });
    chmodSync(directory, 0o777);
    expect(checkDirectory(directory, other)).toMatchObject({
      writable: false,
      findings: [{ code: 'data.owner' }, { status: 'fault', code: 'data.mode' }],
    });
  });

  it.skipIf(isRoot)('that may not be written to is a fault (root may)', () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'closed'), { mode: 0o500 });
    expect(checkDirectory(join(directory, 'closed'), user)).toMatchObject({ findings: [{ code: 'data.unwritable' }] });
  });

  it.runIf(isRoot)('of another user is seen by root', () => {
    const directory = temporaryDirectory();
    chownSync(directory, 1000, 1000);
    expect(checkDirectory(directory, user)).toMatchObject({
      findings: [{ status: 'warning', code: 'data.owner', facts: { owner: 1000 } }],
    });
  });
});
