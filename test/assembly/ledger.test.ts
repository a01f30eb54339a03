import { expect, it } from 'vitest';
import { createExecution } from '../../src/assembly/execution.ts';
import { createLedger } from '../../src/assembly/ledger.ts';
import type { ArrivedEvent } from '../../src/assembly/operation.ts';
import { readFacts } from '../../src/crewai/read-facts.ts';

function arrived(id: string): ArrivedEvent<string> {
  const facts = readFacts({ id, executionId: 'run', type: 'task_started', time: 0, data: {} });
  return { facts, detail: 'a long prompt', position: 7, arrived: 0, weight: 100 };
}

it('keeps of an event that is let go its id, but no detail and no weight', () => {
  const ledger = createLedger('nothing');
  const execution = createExecution<string>('default', 'run');
  const [first, second] = [arrived('first'), arrived('second')];
  for (const event of [first, second]) ledger.hold(execution, event);
  ledger.letGo(execution, first);
  expect([first.detail, second.detail]).toEqual(['nothing', 'a long prompt']);
  expect([ledger.weight, execution.weight]).toEqual([100, 100]);
  expect(ledger.kept(execution, 'first')).toEqual({ execution: execution.key, eventId: 'first' });
  expect(ledger.take()?.released).toEqual([]);
  ledger.letGo(execution, second);
  expect(ledger.take()?.released).toEqual([7]);
});
