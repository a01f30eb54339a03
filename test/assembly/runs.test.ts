/** Executions that have to do with one another, and with the trace of whoever started them. */
import { describe, expect, it } from 'vitest';
import { assembleAll, createBench, type Operation } from '../support/assemble.ts';
import { EPOCH, event } from '../support/events.ts';

function rootOf(operations: readonly Operation[], execution: string): Operation | undefined {
  return operations.find(one => one.executionId === execution && one.parentId === undefined);
}

const outer = [
  event('crew', 'crew_kickoff_started', { at: 0, execution: 'outer' }),
  event('task', 'task_started', { at: 10, execution: 'outer', parent: 'crew' }),
  event('tool', 'tool_usage_started', { at: 20, execution: 'outer', parent: 'task' }),
  event('tool-end', 'tool_usage_finished', { at: 500, execution: 'outer', parent: 'task', started: 'tool' }),
  event('task-end', 'task_completed', { at: 600, execution: 'outer', parent: 'crew', started: 'task' }),
  event('crew-end', 'crew_kickoff_completed', { at: 700, execution: 'outer', started: 'crew' }),
];

function run(at: number, parent: string): ReturnType<typeof event>[] {
  return [
    event('run', 'crew_kickoff_started', { at, execution: 'inner', parent }),
    event('run-end', 'crew_kickoff_completed', { at: at + 100, execution: 'inner', started: 'run' }),
  ];
}

describe('a run inside a run', () => {
  it.each([
    ['after', [...outer, ...run(100, 'tool')]],
    ['before', [...run(100, 'tool'), ...outer]],
  ])('stays a trace of its own and is linked to the operation it was started in, when that came %s it', (_, events) => {
    const root = rootOf(assembleAll(events), 'inner');
    expect(root).toMatchObject({ id: 'run', parentCertainty: 'root' });
    expect(root?.links).toEqual([
      { reason: 'parent_execution', executionId: 'outer', operationId: 'tool', caller: undefined },
    ]);
  });

  it('is linked to the operation it was started in, though the clock has that begin only later', () => {
    const links = rootOf(assembleAll([...outer, ...run(15, 'tool')]), 'inner')?.links;
    expect(links).toMatchObject([{ reason: 'parent_execution', operationId: 'tool' }]);
  });

  it('is not linked to a parent that had ended by then', () => {
    expect(rootOf(assembleAll([...outer, ...run(550, 'tool')]), 'inner')?.links).toEqual([]);
  });

  it('is not linked to a scope that a failed run left open', () => {
    const failed = outer.filter(one => !['tool-end', 'task-end', 'crew-end'].includes(one.id));
    const end = event('crew-end', 'crew_kickoff_failed', { at: 50, execution: 'outer', started: 'crew' });
    const root = rootOf(assembleAll([...failed, end, ...run(100, 'tool')]), 'inner');
    expect(root).toMatchObject({ id: 'run', links: [] });
  });

  it.each([
    ['a tool that outlives its crew, as long as that goes on', 400, ['tool']],
    ['no tool that outlives its crew, after the end of that', 800, []],
  ])('is linked to %s, also where the crew has settled', (_, at, linked) => {
    const bench = createBench();
    for (const one of outer) if (one.id !== 'tool-end') bench.add(one);
    bench.pass(10_000);
    expect(bench.operations.map(({ id }) => id)).toContain('crew');
    bench.restart();
    for (const one of run(at, 'tool')) bench.add(one);
    const links = rootOf(bench.drain(), 'inner')?.links.map(({ operationId }) => operationId);
    expect(links).toEqual(linked);
  });

  it('is none where the parent of a crew only comes after it, and keeps no execution on the heap', () => {
    const bench = createBench();
    bench.add(event('crew', 'crew_kickoff_started', { at: 20, parent: 'method' }));
    bench.add(event('method', 'method_execution_started', { at: 10, parent: 'flow' }));
    bench.add(event('flow', 'flow_started', { at: 0 }));
    bench.pass(60_000);
    expect(bench.weight()).toBe(0);
    const operations = bench.drain();
    expect(operations.map(({ id, parentId, links }) => [id, parentId, links])).toEqual(
      expect.arrayContaining([
        ['flow', undefined, []],
        ['method', 'flow', []],
        ['crew', 'method', []],
      ]),
    );
  });

  it('brings its own execution back once, where its parent is read again after it', () => {
    // The end that told of the parent before its start belongs to another, and is gone with that.
    const bench = createBench({ heapBytes: 0 });
    bench.add(event('method-end', 'method_execution_finished', { at: 160, started: 'call' }));
    bench.add(event('flow', 'flow_started', { at: 20, parent: 'call' }));
    bench.add(event('method', 'method_execution_started', { at: 40, parent: 'call' }));
    bench.add(event('call', 'llm_call_started', { at: 0 }));
    expect(
      bench
        .drain()
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(['call', 'flow', 'method']);
  });

  it('is not sought any more where its start names none, unlike an end that came before it', () => {
    const bench = createBench();
    bench.add(event('end', 'crew_kickoff_completed', { at: 50, execution: 'inner', parent: 'tool', started: 'run' }));
    bench.add(event('run', 'task_started', { at: 10, execution: 'inner' }));
    bench.pass(400_000);
    expect(bench.weight()).toBe(0);
    for (const one of outer) bench.add(one);
    const spans = bench.drain().map(({ executionId, id }) => `${executionId} ${id}`);
    expect(spans.toSorted()).toEqual([...new Set(spans)].toSorted());
    expect(bench.open()).toMatchObject({ executions: 0 });
  });

  it('is never linked to an operation of another source', () => {
    const bench = createBench();
    for (const one of outer) bench.add(one, { source: 'another' });
    for (const one of run(100, 'tool')) bench.add(one);
    expect(rootOf(bench.drain(), 'inner')?.links).toEqual([]);
  });
});

describe("the caller's trace", () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

  function kickoff(inputs: unknown): readonly Operation[] {
    return assembleAll([
      event('crew', 'crew_kickoff_started', { at: 0, data: { inputs } }),
      event('task', 'task_started', { at: 10, parent: 'crew' }),
      event('task-end', 'task_completed', { at: 20, parent: 'crew', started: 'task' }),
      event('crew-end', 'crew_kickoff_completed', { at: 30, started: 'crew' }),
    ]);
  }

  it('is known to every operation of the run', () => {
    const caller = {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      sampled: true,
      state: 'vendor=1',
    };
    const operations = kickoff({ traceparent, tracestate: 'vendor=1', topic: 'tea' });
    expect(operations.map(one => one.caller)).toEqual([caller, caller]);
  });

  it.each([
    'nonsense',
    7,
    '',
    `ff${traceparent.slice(2)}`,
    `${traceparent}-more`,
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`,
  ])('is ignored when it is %j', text => {
    expect(kickoff({ traceparent: text }).map(one => one.caller)).toEqual([undefined, undefined]);
  });

  it('may be of a later version, with more behind it', () => {
    expect(kickoff({ traceparent: `01${traceparent.slice(2)}-more` })[0]?.caller).toMatchObject({ sampled: true });
  });
});

describe('a subscription to some types only', () => {
  const events = [
    event('crew', 'crew_kickoff_started', { at: 0 }),
    event('llm', 'llm_call_started', { at: 100, parent: 'agent-never-sent' }),
  ];

  it('waits for nothing that is not subscribed', () => {
    const subscribed = new Set(['crew_kickoff_started', 'llm_call_started']);
    const operations = assembleAll(events, { subscribed });
    expect(operations).toMatchObject([
      { id: 'crew', outcome: 'open', incomplete: 'no_end', endTime: EPOCH },
      { id: 'llm', outcome: 'open', incomplete: 'no_end', parentId: 'crew', parentCertainty: 'inferred' },
    ]);
  });

  it('makes operations of ends alone', () => {
    const subscribed = new Set(['crew_kickoff_completed', 'task_completed']);
    const ends = [
      event('task-end', 'task_completed', { at: 600, parent: 'crew', started: 'task' }),
      event('crew-end', 'crew_kickoff_completed', { at: 700, started: 'crew' }),
    ];
    const byId = [...assembleAll(ends, { subscribed })].sort((a, b) => (a.id < b.id ? -1 : 1));
    expect(byId).toMatchObject([
      { id: 'crew', parentId: undefined, incomplete: 'no_start' },
      { id: 'task', parentId: 'crew', incomplete: 'no_start' },
    ]);
  });
});
