/** A disk that fills up under a running service: it refuses, lives, and goes on by itself. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { canMount, fillUp, noMount, smallDisk } from '../support/small-disk.ts';
import { madeRun, spansOf } from './support/made-run.ts';
import { bodiesOf, createReport, sendAll } from './support/sender.ts';
import { install } from './support/service-process.ts';
import { contradictions } from './support/span-ledger.ts';
import { startWatchedBackend } from './support/watched-backend.ts';

const RUNS = 4;
const USES = 100;
/** Together several times the reserve that a store has of a disk that is full: it cannot but refuse. */
const ARGUMENT_LENGTH = 40_000;
/** Long enough that what has settled makes no room meanwhile. */
const SETTLE = '15s';
const PATIENCE = { timeout: 60_000, interval: 20 };

it.skipIf(!canMount)(
  `a disk that fills up twice in the middle of a stream, with the backend down${noMount}`,
  async () => {
    let isUp = false;
    const { ledger, endpoint } = await startWatchedBackend(() => (isUp ? {} : { status: 503 }));
    const disk = smallDisk('64m');
    const { start, webhook } = await install(
      { CREWSPAN_SETTLE: SETTLE, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
      join(disk, 'store'),
    );
    const service = start();
    await service.listening();
    const lanes = Array.from({ length: RUNS }, (_, run) =>
      bodiesOf([...madeRun({ run, uses: USES, argumentLength: ARGUMENT_LENGTH })], 2),
    );
    const report = createReport();
    const sending = sendAll(lanes, { url: webhook, report });
    const total = lanes.flat().length;
    for (const part of [1 / 4, 1 / 2]) {
      await vi.waitUntil(() => report.acknowledged > total * part, PATIENCE);
      const refusedBefore = report.refused.get(503) ?? 0;
      fillUp(join(disk, 'filler'));
      await vi.waitUntil(() => (report.refused.get(503) ?? 0) > refusedBefore + 10, PATIENCE);
      expect((await fetch(new URL('/healthz', webhook))).status).toBe(200);
      rmSync(join(disk, 'filler'));
    }
    await sending;
    isUp = true;
    await vi.waitFor(() => expect(ledger.taken.size).toBe(RUNS * spansOf(USES)), PATIENCE);
    expect(await service.signal('SIGTERM')).toEqual({ code: 0, signal: null });
    expect([...report.refused.keys()]).toEqual([503]);
    expect(report.broken).toBe(0);
    for (const seconds of report.retryAfter) expect(Number(seconds)).toBeGreaterThan(0);
    expect(contradictions(ledger)).toEqual({});
    expect(service.log()).not.toMatch(/uncaught|unhandled/i);
  },
);
