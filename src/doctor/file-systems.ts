/** File systems on which a store fares badly, by the number that Linux has for them (statfs(2), linux/magic.h). */

export interface KnownFileSystem {
  readonly name: string;
  readonly status: 'warning' | 'fault';
  readonly summary: string;
  readonly advice: string;
}

const NETWORK = {
  status: 'fault',
  summary: 'a file system of the network: neither the lock nor the mapped file of the store can be trusted there',
  advice: 'Set CREWSPAN_DATA_DIR to a directory on a local disk; in a cluster, to a block volume of one pod.',
} as const;
const FOREIGN = {
  status: 'warning',
  summary: 'kept by a program that may or may not do what a store needs: shared mappings, flushes, Unix sockets',
  advice: 'Set CREWSPAN_DATA_DIR to a directory on a local disk; with Docker Desktop, to a named volume.',
} as const;
const COPYING = {
  status: 'warning',
  summary: 'copies on write: space that was set aside is not sure there, and a full disk may end the process',
  advice: 'Keep more free than CREWSPAN_MAX_DISK, or use ext4 or XFS.',
} as const;

const KNOWN: ReadonlyMap<number, KnownFileSystem> = new Map<number, KnownFileSystem>([
  [0x6969, { name: 'NFS', ...NETWORK }],
  [0x517b, { name: 'SMB', ...NETWORK }],
  [0xff534d42, { name: 'CIFS', ...NETWORK }],
  [0xfe534d42, { name: 'SMB2', ...NETWORK }],
  [0x5346414f, { name: 'AFS', ...NETWORK }],
  [0x00c36400, { name: 'Ceph', ...NETWORK }],
  [0x0bd00bd0, { name: 'Lustre', ...NETWORK }],
  [0x01021997, { name: '9p', ...FOREIGN }],
  [0x65735546, { name: 'FUSE', ...FOREIGN }],
  [0x9123683e, { name: 'btrfs', ...COPYING }],
  [0x2fc12fc1, { name: 'ZFS', ...COPYING }],
  [
    0x01021994,
    {
      name: 'tmpfs',
      status: 'warning',
      summary: 'lies in memory: what was acknowledged is gone when the machine goes down',
      advice: 'Set CREWSPAN_DATA_DIR to a directory on a disk.',
    },
  ],
  [
    0x794c7630,
    {
      name: 'overlay',
      status: 'warning',
      summary: 'a layer of the container: what was acknowledged is gone when the container is removed',
      advice: 'Mount a volume, and set CREWSPAN_DATA_DIR to a directory in it.',
    },
  ],
]);

/** `type` as `statfs` tells it; other systems than Linux number them otherwise, so they are not asked. */
export function knownFileSystem(type: number, platform: NodeJS.Platform): KnownFileSystem | undefined {
  return platform === 'linux' ? KNOWN.get(type >>> 0) : undefined;
}
