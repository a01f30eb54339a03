/** One server with its folder and its backend, and what it costs to send something to it. */
import { makeFolder, sleep, startServer } from './processes.mjs';
import { cpuMicros, diskBytes, memoryMiB, watchPeak } from './usage.mjs';

/** Events in batches that come before what is measured, so that V8 has compiled what there is to compile. */
export const WARM_UP = 48_000;
/** After the last span may have settled: the time in which spans wait for company, and some more. */
const QUIET_MS = 600;
/** The floor sends so often. */
const FLOOR_WAIT_MS = 200;
const LONGEST_WAIT_MS = 120_000;
const POLL_MS = 50;

/**
 * `program`: `floor` or `crewspan`. `settleMs`: how long crewspan waits by design before an operation is sent; it is no part
 * of what is measured. `peers`: the client and the backend.
 */
export async function openSession({ program, settleMs, peers: { client, backend }, env = {} }) {
  const folder = makeFolder();
  const start = () =>
    startServer({
      program,
      folder: folder.path,
      backendUrl: backend.url,
      env: { CREWSPAN_SETTLE: `${settleMs}ms`, ...env },
    });
  let server = await start();
  const waitMs = program === 'floor' ? FLOOR_WAIT_MS : settleMs;

  /** Until the backend has got nothing for so long that nothing more will come. */
  async function quiet() {
    const begin = Date.now();
    for (;;) {
      const { lastAt } = await backend.seen();
      const now = Date.now();
      if (now - Math.max(lastAt, begin) > waitMs + QUIET_MS) return;
      if (now - begin > LONGEST_WAIT_MS) throw new Error('spans still arrive long after the last event');
      await sleep(POLL_MS);
    }
  }

  return {
    quiet,
    get pid() {
      return server.pid;
    },
    diskBytes: () => diskBytes(folder.path),

    /** Only sends; for what comes before a measurement. Answers what the client saw. */
    send: task => client.run({ port: server.port, connections: 16, ...task }),

    /** Sends, waits until all is delivered, and tells what it cost. */
    async measure(task) {
      const { pid, port } = server;
      const before = { cpu: 0, at: 0, backend: await backend.seen() };
      const anonymous = watchPeak(() => memoryMiB(pid, 'RssAnon'));
      const sent = await client.run({ port, connections: 16, ...task }, () => {
        before.cpu = cpuMicros(pid);
        before.at = Date.now();
      });
      await quiet();
      const after = await backend.seen();
      const { events, bytes, seconds, latencies } = sent;
      const delivered = Math.max(seconds, (after.lastAt - before.at - (program === 'floor' ? 0 : settleMs)) / 1_000);
      const quantile = share => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))];
      return {
        events,
        eventBytes: bytes / events,
        cpu: (cpuMicros(pid) - before.cpu) / events,
        accepted: events / seconds,
        delivered: events / delivered,
        p50: quantile(0.5),
        p99: quantile(0.99),
        p999: quantile(0.999),
        rss: memoryMiB(pid, 'VmHWM'),
        anonymous: anonymous(),
        spans: (after.spans - before.backend.spans) / events,
      };
    },

    /** Ends it as a crash would, and starts it again on what lies in its folder. Answers the milliseconds until it is ready. */
    async restart() {
      await server.kill();
      server = await start();
      return server.readyAfterMs;
    },

    async close() {
      await server.kill();
      folder.remove();
    },
  };
}
