/** Files that must stay as they are, and files that a failing disk has changed. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

export function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

export function flip(file: string, offset: number, bit = 0): void {
  const bytes = readFileSync(file);
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, Buffer.of((bytes[offset] ?? 0) ^ (1 << bit)), 0, 1, offset);
  closeSync(descriptor);
}
