import { expect, it } from 'vitest';
import { createAssembly } from '../../../src/assembly/assembly.ts';
import type { SettledOperation } from '../../../src/assembly/settled.ts';
import type { IncomingEvent } from '../../../src/crewai/event.ts';
import { readFacts } from '../../../src/crewai/read-facts.ts';
import { event } from '../../support/events.ts';

const SETTLE_MS = 2_000;
const A_MINUTE = 60_000;

it('an execution whose events were lost while it was at rest begins anew, once', () => {
  const assembly = createAssembly<undefined>({
    settings: {
      settleMs: SETTLE_MS,
      idleMs: 300_000,
      abandonMs: 86_400_000,
      heapBytes: Number.POSITIVE_INFINITY,
      subscribed: undefined,
    },
    nothing: undefined,
    recall: () => undefined,
    knows: () => false,
    recallOpen: () => undefined,
    // As where the disk has damaged the bodies meanwhile.
    reread: () => [],
  });
  const settled: SettledOperation<undefined>[] = [];
  let position = 0;
  const add = (one: IncomingEvent, arrived: number): void => {
    position += 1;
    assembly.add('default', { facts: readFacts(one), detail: undefined, weight: 1_000, position, arrived });
  };
  const advance = (now: number): void => {
    settled.push(...(assembly.advance(now)?.operations ?? []));
  };

  add(event('crew', 'crew_kickoff_started', { at: 0 }), 0);
  advance(SETTLE_MS);
  advance(A_MINUTE);
  expect(assembly.weight()).toBe(0);

  add(event('task', 'task_started', { at: 10, parent: 'crew' }), A_MINUTE);
  add(event('done', 'task_completed', { at: 20, started: 'task', parent: 'crew' }), A_MINUTE);
  expect(assembly.open()).toEqual({ executions: 1, operations: 1 });
  for (let now = assembly.next(); now !== undefined; now = assembly.next()) advance(Math.max(now, A_MINUTE));
  expect(settled.map(({ id, end }) => [id, end?.id])).toEqual([['task', 'done']]);
});
