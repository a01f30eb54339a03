import { expect, it, onTestFinished, vi } from 'vitest';
import { createPurge, PAGE } from '../../src/control/purge.ts';
import type { Journal } from '../../src/journal/journal.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';

const gone = { source: 'default', executionId: 'gone' };

function openJournal(): Journal {
  const journal = createMemoryJournal();
  onTestFinished(() => journal.close());
  return journal;
}

function append(journal: Journal, filler: string): Promise<number> {
  const event = (executionId: string, data: unknown) => ({
    id: 'e',
    execution_id: executionId,
    timestamp: '2026-11-26T10:00:00Z',
    type: 't',
    data,
  });
  const events = [event('gone', 'a prompt'), event('stays', filler)];
  return journal.append({ source: 'default', receivedAt: 0, bytes: Buffer.from(JSON.stringify({ events })) });
}

async function remember(journal: Journal): Promise<void> {
  await journal.settle({ spans: [], skeletons: [{ execution: gone, eventId: 'e' }], open: [], released: [], now: 0 });
}

it('never holds more of the bodies that it writes anew than one page', async () => {
  const journal = openJournal();
  const bodies = 40;
  for (let body = 0; body < bodies; body++) await append(journal, 'x'.repeat(PAGE.bytes / 8));
  const erase = vi.spyOn(journal, 'erase');
  const purge = createPurge({ journal, open: undefined });
  expect(await purge({ executionId: 'gone', dryRun: true })).toMatchObject({ events: bodies, bodies: 0 });
  expect(erase).not.toHaveBeenCalled();
  expect(await purge({ executionId: 'gone', dryRun: false })).toMatchObject({ events: bodies, bodies: 0 });
  const held = erase.mock.calls.map(([{ bodies = new Map() }]) =>
    [...bodies.values()].map(bytes => bytes?.length ?? 0),
  );
  expect(held.flat()).toHaveLength(bodies);
  for (const lengths of held) expect(lengths.slice(0, -1).reduce((sum, one) => sum + one, 0)).toBeLessThan(PAGE.bytes);
  for await (const { bytes } of journal.replay()) expect(Buffer.from(bytes).toString()).not.toContain('a prompt');
});

it('leaves what is remembered for last, and leaves it where the execution has come to life by then', async () => {
  const journal = openJournal();
  await append(journal, 'x');
  await remember(journal);
  let isOpen = false;
  const erase = journal.erase;
  vi.spyOn(journal, 'erase').mockImplementation(async erasure => {
    isOpen = true;
    return erase(erasure);
  });
  const purge = createPurge({ journal, open: { isOpen: () => isOpen } });
  await expect(purge({ executionId: 'gone', dryRun: false })).rejects.toMatchObject({
    code: 'CREWSPAN_EXECUTION_OPEN',
    message: expect.stringMatching(/^Only 1 events were removed: .* still at work/),
  });
  expect(journal.remembered(gone)).toBe(1);
});
