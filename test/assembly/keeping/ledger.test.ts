import { expect, it } from 'vitest';
import { createExecution } from '../../../src/assembly/execution.ts';
import { createLedger } from '../../../src/assembly/keeping/ledger.ts';
import type { ArrivedEvent } from '../../../src/assembly/operation.ts';
import { readFacts } from '../../../src/crewai/read-facts.ts';
import { createBench } from '../../support/assemble.ts';
import { event } from '../../support/events.ts';

function arrived(id: string): ArrivedEvent<string> {
  const facts = readFacts({ id, executionId: 'run', type: 'task_started', time: 0, data: {} });
  return { facts, detail: 'a long prompt', position: 7, arrived: 0, weight: 100 };
}

it('keeps of an event that is let go its id, but no detail and no weight', () => {
  const ledger = createLedger('nothing');
  const execution = createExecution<string>({ source: 'default', executionId: 'run' });
  const [first, second] = [arrived('first'), arrived('second')];
  for (const event of [first, second]) ledger.hold(execution, event);
  ledger.letGo(execution, first);
  expect([first.detail, second.detail]).toEqual(['nothing', 'a long prompt']);
  expect([ledger.weight, execution.weight]).toEqual([100, 100]);
  expect(ledger.kept(execution.key, 'first')).toEqual({ execution: execution.key, eventId: 'first' });
  expect(ledger.take()?.released).toEqual([]);
  ledger.letGo(execution, second);
  expect(ledger.take()?.released).toEqual([7]);
});

it('may keep something of an execution that has left until what it left behind is durable', () => {
  const ledger = createLedger('nothing');
  const execution = createExecution<string>({ source: 'default', executionId: 'run' });
  const leave = (id: string): void => {
    const event = arrived(id);
    ledger.hold(execution, event);
    ledger.letGo(execution, event);
    ledger.left(execution);
  };
  expect(ledger.mayKeep(execution.key)).toBe(false);
  leave('first');
  expect(ledger.mayKeep(execution.key)).toBe(true);
  ledger.take();
  expect(ledger.mayKeep(execution.key)).toBe(true);
  const other = createExecution<string>({ source: 'default', executionId: 'other' });
  const event = arrived('second');
  ledger.hold(other, event);
  ledger.letGo(other, event);
  ledger.take();
  expect(ledger.mayKeep(execution.key)).toBe(false);
});

it('weighs what has settled as long as it stays in sight', () => {
  const bench = createBench();
  bench.add(event('crew', 'crew_kickoff_started', { at: 0 }));
  const idle = bench.weight();
  for (let call = 0; call < 1_000; call++) {
    bench.add(event(`call-${call}`, 'llm_call_started', { at: call, parent: 'crew' }));
    bench.add(event(`end-${call}`, 'llm_call_completed', { at: call, parent: 'crew', started: `call-${call}` }));
    bench.pass(10_000);
    expect(bench.weight() - idle).toBeLessThanOrEqual(300_000);
  }
  expect(bench.operations).toHaveLength(1_000);
  expect(bench.weight() - idle).toBeGreaterThan(100_000);
  bench.add(event('crew-end', 'crew_kickoff_completed', { at: 2_000, started: 'crew' }));
  bench.drain();
  expect(bench.weight()).toBe(0);
});
