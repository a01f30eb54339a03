/** Memory is bounded whatever arrives: many open operations, then a long stream while the backend is down. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { madeRun, spansOf } from '../breaking/support/made-run.ts';
import { createReport, sendAll } from '../breaking/support/sender.ts';
import { type Installation, install } from '../breaking/support/service-process.ts';
import { startHttpBackend } from '../delivery/backends.ts';
import { scrape } from '../telemetry/scrape.ts';

const MIB = 2 ** 20;
const MAX_MEMORY_MIB = 512;
/** Node itself, and what the setting cannot count. */
const BESIDES_MIB = 150;
const BATCH = 100;
const CONNECTIONS = 4;
/** 200 000 operations that stay open. */
const OPEN = { first: 0, runs: 100, uses: 1_997 };
/** A million events of runs that end. */
const WHOLE = { first: 100, runs: 1_000, uses: 497 };
/** A delivered span leaves its skeleton and that of its end in the store, and takes more than that out of it. */
const LEAST_SPAN_BYTES = 200;
const LOOK_EVERY_MS = 500;
const PATIENCE = { timeout: 600_000, interval: 500 };

interface Load {
  readonly first: number;
  readonly runs: number;
  readonly uses: number;
}

function* bodies({ first, runs, uses }: Load): Generator<string> {
  let batch: string[] = [];
  for (let run = first; run < first + runs; run += 1) {
    for (const event of madeRun({ run, uses, open: first === OPEN.first })) {
      batch.push(event);
      if (batch.length < BATCH) continue;
      yield `{"events":[${batch.join(',')}]}`;
      batch = [];
    }
  }
  if (batch.length > 0) yield `{"events":[${batch.join(',')}]}`;
}

async function send(load: Load, url: URL, report = createReport()): Promise<void> {
  const shared = bodies(load);
  await sendAll(
    Array.from({ length: CONNECTIONS }, () => shared),
    { url, report },
  );
  expect(report.accepted).toBeGreaterThan(0);
}

/** Memory of its own, without the file of the store that is mapped into it. */
function rssAnonMiB(pid: number): number {
  const line = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return (Number(line?.[1]) * 1024) / MIB;
}

async function usedBytes({ admin }: Installation): Promise<number> {
  return (await scrape({ url: admin.origin })).value('crewspan_journal_used_bytes');
}

it(`stays under CREWSPAN_MAX_MEMORY and ${BESIDES_MIB} MiB with 200 000 operations open, a million events and no backend`, {
  timeout: 1_800_000,
}, async () => {
  let isUp = false;
  const delivered = new Set<string>();
  const backend = await startHttpBackend(received => {
    // It would keep all that it ever got.
    backend.received.length = 0;
    backend.taken.length = 0;
    if (!isUp) return { status: 503 };
    for (const { scopeSpans } of received.resourceSpans) {
      for (const { spans } of scopeSpans) for (const { spanId } of spans) delivered.add(spanId);
    }
    return {};
  });
  onTestFinished(() => backend.close());
  const installation = await install({
    OTEL_EXPORTER_OTLP_ENDPOINT: backend.url.origin,
    CREWSPAN_MAX_DISK: '16GiB',
    CREWSPAN_MAX_MEMORY: `${MAX_MEMORY_MIB}MiB`,
  });
  const service = installation.start();
  await service.listening();
  const { pid = 0 } = service.child;
  const samples: number[] = [];
  const watch = setInterval(() => samples.push(rssAnonMiB(pid)), LOOK_EVERY_MS);
  onTestFinished(() => clearInterval(watch));

  await send(OPEN, installation.webhook);
  const withOpen = rssAnonMiB(pid);
  await send(WHOLE, installation.webhook);
  const expected = WHOLE.runs * spansOf(WHOLE.uses);
  await sleep(5_000);
  const usedBefore = await usedBytes(installation);
  isUp = true;
  await vi.waitFor(() => expect(delivered.size).toBe(expected), PATIENCE);
  await vi.waitFor(
    async () => expect(await usedBytes(installation)).toBeLessThan(usedBefore - expected * LEAST_SPAN_BYTES),
    PATIENCE,
  );
  clearInterval(watch);
  const most = Math.max(...samples);
  const used = [usedBefore, await usedBytes(installation)].map(bytes => Math.round(bytes / MIB));
  console.log(`RssAnon: ${Math.round(withOpen)} MiB with all open, at most ${Math.round(most)}; store: ${used} MiB`);
  expect(most).toBeLessThan(MAX_MEMORY_MIB + BESIDES_MIB);
  expect(await service.signal('SIGTERM')).toEqual({ code: 0, signal: null });
});
