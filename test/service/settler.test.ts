/** What has settled reaches the outbox whole, whatever the journal does meanwhile. */
import { expect, it, onTestFinished, vi } from 'vitest';
import { loadSettings } from '../../src/config.ts';
import type { Journal } from '../../src/journal/journal.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import { createLog } from '../../src/log.ts';
import { createService } from '../../src/service/service.ts';
import { createSettler, type Settler, type SettlerOptions } from '../../src/service/settler.ts';
import { createSpanBuilder } from '../../src/spans/build.ts';
import { readBody } from '../../src/webhook/envelope.ts';
import { event, SETTINGS, settle } from '../spans/support.ts';

function bodyOf(...events: readonly (readonly [id: string, executionId: string, type: string, startedId?: string])[]) {
  const text = JSON.stringify({
    events: events.map(([id, execution_id, type, started_event_id]) => ({
      id,
      execution_id,
      type,
      timestamp: '2026-01-01T00:00:00Z',
      data: { started_event_id },
    })),
  });
  const bytes = Buffer.from(text);
  const body = readBody(bytes);
  if (!body.ok) throw new Error(body.error);
  return { source: 'default', bytes, events: body.events };
}

it('what the journal refused to the end is not let go of with what settles after it', async () => {
  const memory = createMemoryJournal();
  let refusals = 0;
  const journal: Journal = {
    ...memory,
    async settle(settlement) {
      // The one that the service goes on trying, and the last try of it.
      if (refusals < 2) {
        refusals += 1;
        throw new Error('the disk is full');
      }
      await memory.settle(settlement);
    },
  };
  const { assembly, spans, inputs } = loadSettings({ env: { CREWSPAN_SETTLE: '20ms' } });
  const service = createService({ assembly, spans, inputs, journal, log: createLog({ level: 'silent' }) });
  await service.recover();
  await service.accept(
    bodyOf(
      ['1', 'first', 'crew_kickoff_started'],
      ['2', 'first', 'crew_kickoff_completed', '1'],
      ['3', 'second', 'crew_kickoff_started'],
    ),
  );
  await vi.waitFor(() => expect(refusals).toBe(1));
  await service.accept(bodyOf(['4', 'second', 'crew_kickoff_completed', '3']));
  await new Promise(resolve => setTimeout(resolve, 100));
  await service.stop();
  expect(refusals).toBe(2);
  // Neither of the two has settled: the next start finds all of both.
  expect(memory.stats()).toMatchObject({ bodies: 2, undelivered: 0 });
});

it('an operation of which no span can be made costs none but itself', async () => {
  const ids = ['before', 'broken', 'after'];
  const operations = ids.map(id => settle({ start: event('crew_kickoff_started'), operation: { id } }, SETTINGS));
  const build = createSpanBuilder(SETTINGS);
  const journal = createMemoryJournal();
  const said: unknown[] = [];
  const durable = vi.fn();
  const steps = [{ operations, skeletons: [], open: [], released: [], leftovers: [], left: [] }];
  const settler = createSettler({
    assembly: { next: () => (steps.length > 0 ? 0 : undefined), advance: () => steps.pop() },
    build(operation) {
      if (operation.id === 'broken') throw new Error('nobody foresaw this');
      return build(operation);
    },
    journal,
    say: (_key, fields, message) => said.push({ ...fields, message }),
    now: () => 0,
    onDurable: durable,
  });
  settler.start();
  await vi.waitFor(() => expect(durable).toHaveBeenCalledOnce());
  await settler.stop();
  expect(journal.stats()).toMatchObject({ undelivered: 2 });
  expect(said).toMatchObject([{ id: 'broken', message: expect.stringMatching(/^no span can be made/) }]);
});

/** From midnight of 1970 on, over a journal that takes all. */
function settlerByFakeTimers(assembly: SettlerOptions['assembly']): Settler {
  vi.useFakeTimers({ now: 0 });
  onTestFinished(() => void vi.useRealTimers());
  return createSettler({
    assembly,
    build: createSpanBuilder(SETTINGS),
    journal: createMemoryJournal(),
    say: () => {},
    now: () => Date.now(),
    onDurable: () => {},
  });
}

it('is awake when the next is due, one timer at a time, from its start to its stop', async () => {
  const looked: number[] = [];
  let due: number | undefined = 10_000;
  const settler = settlerByFakeTimers({
    next: () => due,
    advance(now) {
      looked.push(now);
      // After the first there is one more: nobody else says so.
      due = looked.length === 1 ? 6_000 : undefined;
      return undefined;
    },
  });
  const wakeFor = (next: number) => {
    due = next;
    settler.wake();
    return vi.getTimerCount();
  };
  expect(wakeFor(10_000)).toBe(0);
  settler.start();
  expect([wakeFor(2_000), wakeFor(5_000), wakeFor(2_000)]).toEqual([1, 1, 1]);
  await vi.advanceTimersByTimeAsync(1_999);
  expect(looked).toEqual([]);
  await vi.advanceTimersByTimeAsync(8_001);
  expect(looked).toEqual([2_000, 6_000]);
  // What is due already waits for its group, however often it is said.
  expect(wakeFor(1)).toBe(1);
  await vi.advanceTimersByTimeAsync(30);
  expect(wakeFor(1)).toBe(1);
  await vi.advanceTimersByTimeAsync(30);
  expect(looked).toEqual([2_000, 6_000, 10_050]);
  // A timer of Node set for that long would go off at once.
  expect(wakeFor(2 ** 40)).toBe(1);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(looked).toHaveLength(3);
  await settler.stop();
  expect([looked.length, wakeFor(1)]).toEqual([4, 0]);
});

it('has time for 50 ms of what is due, so that nobody waits longer, and goes on with the next tick', async () => {
  const looked: number[] = [];
  const settler = settlerByFakeTimers({
    next: () => (looked.length < 5 ? Number.NEGATIVE_INFINITY : undefined),
    advance(now, mayGoOn = () => true) {
      for (; mayGoOn(); vi.setSystemTime(Date.now() + 20)) looked.push(now);
      return undefined;
    },
  });
  settler.start();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(looked).toEqual([50, 50, 50, 160, 160, 160]);
});
