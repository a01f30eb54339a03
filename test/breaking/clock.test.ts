/** Somebody sets the clock of the machine while the service runs: waiting does not depend on it. */
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { madeRun, spansOf } from './support/made-run.ts';
import { bodiesOf, sendAll } from './support/sender.ts';
import { install, type ServiceProcess } from './support/service-process.ts';
import { contradictions } from './support/span-ledger.ts';
import { startWatchedBackend } from './support/watched-backend.ts';

const PRELOAD = fileURLToPath(new URL('./support/clock.mjs', import.meta.url));
const HOUR_MS = 3_600_000;
const USES = 20;
const PATIENCE = { timeout: 30_000, interval: 20 };

it.each([
  ['back by an hour', -HOUR_MS],
  ['forward by an hour', HOUR_MS],
])('%s, in the middle of a run: spans settle and are delivered, and a finished run is still known', async (_, step) => {
  const { ledger, endpoint } = await startWatchedBackend();
  const { start, webhook } = await install({
    CREWSPAN_SETTLE: '300ms',
    CREWSPAN_RETENTION: '2h',
    TEST_CLOCK_STEP: `${step}`,
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  });
  const service = start({ nodeOptions: ['--import', PRELOAD] });
  await service.listening();
  const run = (number: number): string[] => bodiesOf([...madeRun({ run: number, uses: USES })]);
  const middle = run(1).slice(0, USES);
  await sendAll([middle], { url: webhook });
  await setClock(service);
  await sendAll([run(1).slice(USES)], { url: webhook });
  await vi.waitFor(() => expect(ledger.taken.size).toBe(spansOf(USES)), PATIENCE);
  await sendAll([run(2)], { url: webhook });
  await vi.waitFor(() => expect(ledger.taken.size).toBe(2 * spansOf(USES)), PATIENCE);

  // Retention looks at most every five minutes here, so the next process does it for the first time.
  expect(await service.signal('SIGTERM')).toEqual({ code: 0, signal: null });
  const next = start();
  await next.ready();
  const { accepted } = await sendAll([run(1), run(2)], { url: webhook });
  expect(accepted).toBe(0);
  expect(await next.signal('SIGTERM')).toEqual({ code: 0, signal: null });
  expect(ledger.taken.size).toBe(2 * spansOf(USES));
  expect(contradictions(ledger)).toEqual({});
});

it('a retention that passes while the clock stands an hour back is only longer', async () => {
  const { ledger, endpoint } = await startWatchedBackend();
  const { start, webhook } = await install({
    CREWSPAN_SETTLE: '50ms',
    CREWSPAN_RETENTION: '3s',
    TEST_CLOCK_STEP: `${-HOUR_MS}`,
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  });
  const service = start({ nodeOptions: ['--import', PRELOAD] });
  await service.listening();
  const bodies = bodiesOf([...madeRun({ run: 1, uses: USES })], 10);
  const send = async (): Promise<number> => (await sendAll([bodies], { url: webhook })).accepted;
  await send();
  await vi.waitFor(() => expect(ledger.taken.size).toBe(spansOf(USES)), PATIENCE);
  await setClock(service);
  await new Promise(resolve => setTimeout(resolve, 5_000));
  expect(await send()).toBe(0);
  expect(await service.signal('SIGTERM')).toEqual({ code: 0, signal: null });
  // With the clock set right, it is over.
  const next = start();
  await next.ready();
  await vi.waitFor(async () => expect(await send()).toBeGreaterThan(0), { timeout: 20_000, interval: 500 });
});

async function setClock(service: ServiceProcess): Promise<void> {
  service.child.kill('SIGWINCH');
  await vi.waitFor(() => expect(service.log()).toContain('the clock was set'), PATIENCE);
}
