import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createPurge, type OpenExecutions, PAGE } from '../../src/control/purge.ts';
import type { FinishedSpan, Journal } from '../../src/journal/journal.ts';
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

const BEFORE = 5_000;
const spanOf = (executionId: string, source = 'a'): FinishedSpan => ({
  preamble: Buffer.from('p'),
  span: Buffer.from('s'),
  execution: { source, executionId },
});

async function put(journal: Journal, spans: readonly FinishedSpan[], now = 0): Promise<void> {
  const skeletons = spans.map(({ execution }, index) => ({ execution, eventId: `${now} ${index}` }));
  await journal.settle({ spans, skeletons, open: [], released: [], now });
}

function post(journal: Journal, executionIds: readonly string[], receivedAt = 0, source = 'a'): Promise<number> {
  const events = executionIds.map((execution_id, index) => ({
    id: `${index}`,
    execution_id,
    type: 't',
    timestamp: '2026-11-23T10:00:00Z',
    data: {},
  }));
  return journal.append({ source, receivedAt, bytes: Buffer.from(JSON.stringify({ events })) });
}

const held = ({ stats }: Journal) => {
  const { bodies, undelivered, deadLetters } = stats();
  return { bodies, spans: undelivered, deadLetters };
};

const opening = (answer: boolean | undefined): OpenExecutions => ({ isOpen: () => answer });
const refusal = (message: string) =>
  expect.objectContaining({ code: 'CREWSPAN_EXECUTION_OPEN', message: expect.stringContaining(message) });

describe('what is older than a moment', () => {
  const ages = [BEFORE - 1, BEFORE, BEFORE + 1];

  async function filled(): Promise<Journal> {
    const journal = createMemoryJournal();
    for (const age of ages) await put(journal, [spanOf('buried')], age);
    const keys = journal.outbox(undefined, 9).map(({ key }) => key);
    for (const [index, age] of ages.entries()) await journal.bury(keys.slice(index, index + 1), 'refused', age);
    for (const age of ages) await put(journal, [spanOf('waiting')], age);
    for (const age of ages) await post(journal, ['run', 'other'], age);
    return journal;
  }

  const all = { bodies: 3, spans: 3, deadLetters: 3 };
  it.each([
    [
      'with all that is undelivered',
      true,
      undefined,
      { events: 2, bodies: 1, spans: 1, deadLetters: 1, heldBodies: 0 },
    ],
    ['but what is undelivered', false, undefined, { events: 0, bodies: 0, spans: 0, deadLetters: 1, heldBodies: 0 }],
    [
      'but what is at work',
      true,
      opening(undefined),
      { events: 0, bodies: 0, spans: 1, deadLetters: 1, heldBodies: 1 },
    ],
  ])('goes, to the millisecond, %s', async (_, undelivered, open, found) => {
    const journal = await filled();
    const purge = createPurge({ journal, open });
    expect(await purge({ before: BEFORE, undelivered, dryRun: true })).toEqual({ ...found, remembered: undefined });
    expect(held(journal)).toEqual(all);
    expect(await purge({ before: BEFORE, undelivered, dryRun: false })).toMatchObject(found);
    const { bodies, spans, deadLetters } = found;
    expect(held(journal)).toEqual({ bodies: 3 - bodies, spans: 3 - spans, deadLetters: 3 - deadLetters });
    for (const { putAt } of undelivered ? journal.outbox(undefined, 9) : [])
      expect(putAt).toBeGreaterThanOrEqual(BEFORE);
    for (const { buriedAt } of journal.deadLetters(undefined, 9)) expect(buriedAt).toBeGreaterThanOrEqual(BEFORE);
  });

  it('goes however many pages and transactions it takes', async () => {
    const journal = createMemoryJournal();
    const count = PAGE.limit * 4 + 1;
    await put(journal, Array(count).fill(spanOf('run')));
    const erasures: number[] = [];
    const counting: Journal = {
      ...journal,
      erase(erasure) {
        erasures.push(erasure.outbox?.length ?? 0);
        return journal.erase(erasure);
      },
    };
    const purge = createPurge({ journal: counting, open: undefined });
    const report = await purge({ before: BEFORE, undelivered: true, dryRun: false });
    expect(report).toMatchObject({ spans: count, remembered: count });
    // The last one is for what was forgotten, which shall not stay in free pages.
    expect(erasures).toEqual([1_000, 1_000, 1, 0]);
    expect(held(journal)).toEqual({ bodies: 0, spans: 0, deadLetters: 0 });
  });

  it('costs no transaction where there is none', async () => {
    const journal: Journal = { ...createMemoryJournal(), erase: () => Promise.reject(new Error('erased')) };
    const purge = createPurge({ journal, open: undefined });
    expect(await purge({ before: BEFORE, undelivered: true, dryRun: false })).toMatchObject({ remembered: 0 });
  });
});

describe('one execution', () => {
  async function filled(): Promise<Journal> {
    const journal = createMemoryJournal();
    for (const source of ['a', 'b']) {
      await put(journal, [spanOf('run', source), spanOf('run', source), spanOf('other', source)]);
      await post(journal, ['run', 'run'], 0, source);
      await post(journal, ['run', 'other'], 0, source);
    }
    await journal.bury([1], 'refused', 0);
    return journal;
  }

  it.each([
    ['of all sources', undefined, { events: 6, bodies: 2, spans: 3, deadLetters: 1, remembered: 4 }, [2, 2, 0]],
    ['of one source', 'a', { events: 3, bodies: 1, spans: 1, deadLetters: 1, remembered: 2 }, [3, 4, 0]],
    ['of a source without any', 'c', { events: 0, bodies: 0, spans: 0, deadLetters: 0, remembered: 0 }, [4, 5, 1]],
  ])('%s goes, and a dry run tells of the same', async (_, source, found, [bodies, spans, deadLetters]) => {
    const journal = await filled();
    const purge = createPurge({ journal, open: undefined });
    expect(await purge({ executionId: 'run', source, dryRun: true })).toEqual({ ...found, heldBodies: 0 });
    expect(held(journal)).toEqual({ bodies: 4, spans: 5, deadLetters: 1 });
    expect(await purge({ executionId: 'run', source, dryRun: false })).toEqual({ ...found, heldBodies: 0 });
    expect(held(journal)).toEqual({ bodies, spans, deadLetters });
  });

  it.each([
    ['is at work', true, 'Nothing was removed: the execution run of the source a is still at work'],
    ['may be at work', undefined, 'Nothing was removed: crewspan is still reading its journal'],
  ])('that %s stays as it is', async (_, answer, message) => {
    const journal = await filled();
    const purge = createPurge({ journal, open: opening(answer) });
    await expect(purge({ executionId: 'run', source: 'a', dryRun: false })).rejects.toEqual(refusal(message));
    expect(held(journal)).toEqual({ bodies: 4, spans: 5, deadLetters: 1 });
  });

  it('of which one dead letter is left, and what is remembered of it, goes', async () => {
    const journal = createMemoryJournal();
    await put(journal, [spanOf('run')]);
    await journal.bury([1], 'refused', 0);
    const purge = createPurge({ journal, open: undefined });
    const report = await purge({ executionId: 'run', dryRun: false });
    expect(report).toMatchObject({ spans: 0, deadLetters: 1, remembered: 1 });
    expect(held(journal)).toEqual({ bodies: 0, spans: 0, deadLetters: 0 });
  });
});
