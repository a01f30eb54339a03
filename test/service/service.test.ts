import { expect, it, vi } from 'vitest';
import { loadSettings } from '../../src/config.ts';
import { createPurge } from '../../src/control/purge.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import { createLog } from '../../src/log.ts';
import { createService } from '../../src/service/service.ts';
import { readBody } from '../../src/webhook/envelope.ts';

function bodyOf(executionId: string, ...types: readonly string[]) {
  const events = types.map((type, index) => ({
    id: `${executionId}-${index}`,
    execution_id: executionId,
    type,
    timestamp: `2026-01-01T00:00:0${index}Z`,
    data: { event_id: `${executionId}-${index}`, started_event_id: `${executionId}-0` },
  }));
  const bytes = Buffer.from(JSON.stringify({ events }));
  const body = readBody(bytes);
  if (!body.ok) throw new Error(body.error);
  return { source: 'default', bytes, events: body.events };
}

it('a run that was purged right after it had settled is new when it is sent again', async () => {
  const journal = createMemoryJournal();
  const { assembly, spans, inputs } = loadSettings({ env: { CREWSPAN_SETTLE: '20ms' } });
  const service = createService({ assembly, spans, inputs, journal, log: createLog({ level: 'silent' }) });
  await service.recover();
  const run = bodyOf('run', 'crew_kickoff_started', 'crew_kickoff_completed');
  await service.accept(run);
  await vi.waitFor(() => expect(service.counters().settled).toBe(1));
  expect(await service.accept(run)).toMatchObject({ accepted: 0, duplicates: 2 });

  const purge = createPurge({ journal, open: service });
  expect(await purge({ executionId: 'run', dryRun: false })).toMatchObject({ spans: 1, remembered: 2 });
  expect(await service.accept(run)).toMatchObject({ accepted: 2, duplicates: 0 });
  await vi.waitFor(() => expect(service.counters().settled).toBe(2));
  await service.stop();
});
