/** What the figures were measured on. */
import { closeSync, fdatasyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { makeFolder } from './processes.mjs';

const FLUSHES = 200;

export function describeMachine() {
  const folder = makeFolder();
  try {
    const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
    const processor = `${availableParallelism()} cores (${cpus()[0].model}), ${memory}`;
    const disk = `${diskOf(folder.path)}, ${flushMs(folder.path).toFixed(2)} ms to flush 4 KiB (median of ${FLUSHES})`;
    return `${processor}; Linux ${release()}; Node ${process.versions.node}; disk: ${disk}`;
  } finally {
    folder.remove();
  }
}

/** By the longest mount point that the path lies under. */
function diskOf(path) {
  const [device, , type] = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map(line => line.split(' '))
    .filter(([, point]) => point === '/' || path === point || path.startsWith(`${point}/`))
    .sort(([, a], [, b]) => b.length - a.length)[0];
  return `${type} on ${kindOf(basename(device))}`;
}

function kindOf(device) {
  try {
    const isRotating = readFileSync(`/sys/class/block/${device}/queue/rotational`, 'utf8').trim() === '1';
    const name = device.startsWith('vd') ? 'a virtual disk' : 'a disk';
    return `${name} that says it is ${isRotating ? 'rotating' : 'solid state'}`;
  } catch {
    return 'a device of unknown kind';
  }
}

function flushMs(folder) {
  const file = openSync(join(folder, 'flush'), 'w');
  const times = Array.from({ length: FLUSHES }, () => {
    const begin = performance.now();
    writeSync(file, Buffer.alloc(4_096));
    fdatasyncSync(file);
    return performance.now() - begin;
  });
  closeSync(file);
  return times.sort((a, b) => a - b)[FLUSHES >> 1];
}
