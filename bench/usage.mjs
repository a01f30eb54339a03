/** What the operating system says of a process and of a folder (Linux). */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The kernel counts CPU time in hundredths of a second for everybody (USER_HZ), whatever its own clock. */
const TICK_MICROS = 10_000;
const SAMPLE_MS = 50;

/** CPU time of all threads so far, user and system, in microseconds. */
export function cpuMicros(pid) {
  // The name of the program, in brackets, may hold spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MICROS;
}

/** A line of /proc/PID/status in MiB: `VmHWM`, `VmRSS`, `RssAnon`. */
export function memoryMiB(pid, name) {
  const found = new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1]) / 1024;
}

/** Follows a value that the kernel keeps no maximum of. */
export function watchPeak(read) {
  let peak = read();
  const timer = setInterval(() => {
    peak = Math.max(peak, read());
  }, SAMPLE_MS);
  return () => {
    clearInterval(timer);
    return Math.max(peak, read());
  };
}

/** What a folder takes up on disk: blocks, not lengths, since a store's file may have holes. */
export function diskBytes(folder) {
  return readdirSync(folder, { recursive: true })
    .map(name => statSync(join(folder, name)))
    .filter(stat => stat.isFile())
    .reduce((sum, { blocks }) => sum + blocks * 512, 0);
}
