/** The disk of the store: its kind, and whether there is room. */
import { NEW_FILE_BYTES } from '../journal/lmdb/open.ts';
import { knownFileSystem } from './file-systems.ts';
import { type Finding, fault, fine, warning } from './finding.ts';

export interface DiskCheck {
  /** As `statfs` tells it. */
  readonly disk: { readonly type: number; readonly bavail: number; readonly bsize: number };
  readonly platform: NodeJS.Platform;
  /** What the file of the store takes already, in bytes. */
  readonly usedBytes: number;
  /** The quota, in bytes. */
  readonly maxBytes: number;
}

/** The first transactions need that beside an empty store. */
const LEAST_BYTES = 16 * NEW_FILE_BYTES;

export function checkDisk({ disk, platform, usedBytes, maxBytes }: DiskCheck): Finding[] {
  return [...kindOf(disk.type, platform), roomOf(disk.bavail * disk.bsize, usedBytes, maxBytes)];
}

function kindOf(type: number, platform: NodeJS.Platform): Finding[] {
  const known = knownFileSystem(type, platform);
  if (known === undefined) return [];
  const { name, status, summary, advice } = known;
  return [(status === 'fault' ? fault : warning)('disk.kind', `${name}: ${summary}`, advice, { name })];
}

function roomOf(freeBytes: number, usedBytes: number, maxBytes: number): Finding {
  const facts = { freeBytes, usedBytes, maxBytes };
  const summary = `${sizeText(freeBytes)} free; the store takes ${sizeText(usedBytes)} and may take ${sizeText(maxBytes)} (CREWSPAN_MAX_DISK)`;
  if (freeBytes < LEAST_BYTES && usedBytes < LEAST_BYTES) {
    const advice =
      'Make room, or set CREWSPAN_DATA_DIR to a directory on another disk. As it is, no event can be kept.';
    return fault('disk.full', summary, advice, facts);
  }
  if (freeBytes + usedBytes < maxBytes) {
    const advice =
      'Make room, or set CREWSPAN_MAX_DISK to what is there. While the backend is down the disk fills up before the ' +
      'quota is reached, and webhooks are answered 503.';
    return warning('disk.small', summary, advice, facts);
  }
  return fine('disk.room', summary, facts);
}

function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(bytes, 1)) / 10)));
  const value = bytes / 1024 ** step;
  return `${value < 10 && step > 0 ? value.toFixed(1).replace('.0', '') : Math.round(value)} ${units[step]}`;
}
