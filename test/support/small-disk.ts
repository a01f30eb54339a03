/** Disks so small that they can be filled: only root can mount them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { succeeds } from './succeeds.ts';

export const canMount = tryMount();
/** For the name of a test that is skipped. */
export const noMount = canMount ? '' : ' (skipped: needs root, to mount a small tmpfs)';

function tryMount(): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'crewspan-can-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory], { stdio: 'ignore' });
    execFileSync('umount', [directory]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export function smallDisk(size: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'crewspan-small-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', directory]);
  onTestFinished(() => {
    execFileSync('umount', ['-l', directory]);
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** To the last byte. */
export function fillUp(file: string): void {
  for (const chunk of [1_000_000, 4_096]) {
    while (succeeds(() => writeFileSync(file, Buffer.alloc(chunk, 1), { flag: 'a' })));
  }
}
