/** Whatever a backend does: what it would take arrives, what it would never take is buried, and nothing else is. */
import fc from 'fast-check';
import { it } from 'vitest';
import { createDelivery } from '../../src/delivery/delivery.ts';
import type { ExportOutcome } from '../../src/delivery/transport.ts';
import { createMemoryJournal } from '../../src/journal/memory.ts';
import { createFakeBackend, DOWN, REFUSED, TAKEN } from './fake-backend.ts';
import { putIntoOutbox, recordingLog } from './harness.ts';
import { createManualClock } from './manual-clock.ts';
import { makeSpan } from './spans.ts';

const fault: fc.Arbitrary<ExportOutcome> = fc.oneof(
  fc.constant(DOWN),
  fc
    .nat({ max: 90_000 })
    .map(retryAfterMs => ({ kind: 'backend', cause: 'HTTP_429', message: '', retryAfterMs }) as const),
);

const scenario = fc.record({
  /** Spans put into the outbox at once, a while apart. */
  puts: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
  pauseMs: fc.nat({ max: 60_000 }),
  poison: fc.func(fc.integer({ min: 0, max: 9 })),
  /** How many requests with such a span a backend fails at, before it takes the span or refuses it. */
  sick: fc.func(fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 12 }))),
  /** How each request is answered by a backend in trouble, for a while; `undefined`: as by a healthy one. */
  trouble: fc.array(fc.option(fault, { nil: undefined }), { maxLength: 30 }),
  maxSpans: fc.integer({ min: 1, max: 30 }),
  maxBytes: fc.integer({ min: 100, max: 5000 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
  /** Not 0: time would stand still. */
  jitter: fc.double({ min: 0.2, max: 1, noNaN: true }),
});

it('what a backend would take arrives, and only what it would never take is buried', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ puts, pauseMs, poison, sick, trouble, jitter, ...limits }) => {
      const journal = createMemoryJournal();
      const clock = createManualClock();
      const isPoison = (name: string) => name !== 'last' && poison(name) === 0;
      const answers = trouble.values();
      const failed = new Map<string, number>();
      const failsAt = (name: string): boolean => {
        const times = failed.get(name) ?? 0;
        failed.set(name, times + 1);
        return name !== 'last' && times < sick(name);
      };
      const backend = createFakeBackend(asked => {
        const answer = answers.next().value;
        if (answer !== undefined) return answer;
        if (asked.filter(failsAt).length > 0) return DOWN;
        return asked.some(isPoison) ? REFUSED : TAKEN;
      });
      const settings = { batch: limits, concurrency: limits.concurrency };
      const log = recordingLog();
      const delivery = createDelivery({ journal, transport: backend, settings, log, clock, random: () => jitter });
      delivery.start();
      const good: string[] = [];
      let bad = 0;
      for (const [round, count] of puts.entries()) {
        const spans = Array.from({ length: count }, (_, i) => makeSpan({ id: i + 1, name: `${round}.${i}` }));
        const named = spans.map(({ name }) => name);
        bad += named.filter(isPoison).length;
        good.push(...named.filter(name => !isPoison(name)));
        await putIntoOutbox(journal, spans);
        await clock.advance(pauseMs);
      }
      // Whatever it fails at is asked for one by one, each half minute, as long as it takes nothing.
      await clock.advance(24 * 3_600_000);
      // One good span at the end, without which a last poison span would rightly wait.
      await putIntoOutbox(journal, [makeSpan({ name: 'last' })]);
      await clock.advance(600_000);
      good.push('last');
      await delivery.stop();
      const taken = new Set(backend.taken);
      const missing = good.filter(name => !taken.has(name));
      const { undelivered, deadLetters } = journal.stats();
      if (missing.length > 0 || undelivered > 0 || deadLetters !== bad) {
        throw new Error(JSON.stringify({ missing, undelivered, deadLetters, bad }));
      }
      // Nothing was taken twice, for nothing here goes wrong on the way back.
      if (backend.taken.length !== good.length) throw new Error('a span was sent again after it was taken');
    }),
    { numRuns: 300 },
  );
}, 60_000);
