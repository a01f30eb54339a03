import { describe, expect, it } from 'vitest';
import { CrewspanError } from '../../src/errors.ts';
import type { Journal, JournalBody } from '../../src/journal/journal.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import { FULL_DISK_MS, type JournalWatch, watchJournal } from '../../src/telemetry/journal-watch.ts';

const QUIET = { sources: 1, flushed: () => {} };

function body(bytes: number, source = 'team'): JournalBody {
  return { source, receivedAt: 0, bytes: new Uint8Array(bytes) };
}

const release = (position: number) => ({ spans: [], skeletons: [], open: [], released: [position], now: 0 });

async function refusedBy(watch: JournalWatch, bytes: number, source?: string): Promise<void> {
  await expect(watch.journal.append(body(bytes, source))).rejects.toMatchObject({ code: 'CREWSPAN_JOURNAL_FULL' });
}

describe('a watched journal', () => {
  it('tells how long its writes took until they were on disk', async () => {
    let now = 0;
    const times: number[] = [];
    const slow: Journal = {
      ...createMemoryJournal(),
      async append() {
        now += 1_500;
        return 1;
      },
    };
    const { journal } = watchJournal(slow, { ...QUIET, flushed: seconds => void times.push(seconds), now: () => now });
    await journal.append(body(1));
    await journal.settle(release(1));
    expect(times).toEqual([1.5, 0]);
  });

  it('is full from a body over the quota until there is room for as much', async () => {
    const watch = watchJournal(createMemoryJournal({ maxBytes: 100 }), QUIET);
    const position = await watch.journal.append(body(60));
    expect(watch.fullness()).toBeUndefined();
    await refusedBy(watch, 50);
    expect(watch.fullness()).toContain('CREWSPAN_MAX_DISK');
    await watch.journal.settle(release(position));
    expect(watch.fullness()).toBeUndefined();
  });

  it('is full when not one byte more is allowed, before anything was refused', async () => {
    const watch = watchJournal(createMemoryJournal({ maxBytes: 100 }), QUIET);
    await watch.journal.append(body(100));
    expect(watch.fullness()).toContain('CREWSPAN_MAX_DISK');
  });

  it('is full no more as soon as a body is kept', async () => {
    const watch = watchJournal(createMemoryJournal({ maxBytes: 100 }), QUIET);
    await watch.journal.append(body(60));
    await refusedBy(watch, 50);
    await watch.journal.append(body(10));
    expect(watch.fullness()).toBeUndefined();
  });

  it('takes a full disk for full only for a while: nothing but the next body shows that there is room', async () => {
    let now = 0;
    const full: Journal = {
      ...createMemoryJournal({ maxBytes: 100 }),
      append: () => Promise.reject(new CrewspanError('CREWSPAN_JOURNAL_FULL', 'The disk is full.')),
    };
    const watch = watchJournal(full, { ...QUIET, now: () => now });
    await refusedBy(watch, 50);
    now = FULL_DISK_MS - 1;
    expect(watch.fullness()).toBe('The disk is full.');
    now = FULL_DISK_MS;
    expect(watch.fullness()).toBeUndefined();
  });

  it('is full by shares only when every source has its own', async () => {
    const watch = watchJournal(createMemoryJournal({ maxBytes: 200, shares: 2 }), { ...QUIET, sources: 2 });
    const position = await watch.journal.append(body(90, 'loud'));
    await watch.journal.append(body(90, 'quiet'));
    await refusedBy(watch, 50, 'loud');
    expect(watch.fullness()).toBeUndefined();
    await refusedBy(watch, 50, 'quiet');
    expect(watch.fullness()).toContain('its share');
    await watch.journal.settle(release(position));
    expect(watch.fullness()).toBeUndefined();
  });
});
