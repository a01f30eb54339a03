/** Operations that name a parent which is not sent: what around them is known of meanwhile, and where they stand then. */
import { describe, expect, it } from 'vitest';
import type { IncomingEvent } from '../../src/crewai/event.ts';
import { type Bench, createBench, type Operation } from '../support/assemble.ts';
import { event } from '../support/events.ts';

/** More than stay in sight once they are over. */
const TASKS = 150;
const USAGE = { prompt_tokens: 3, completion_tokens: 2 };

/** A task of 1.15, whose agent runs in a flow of CrewAI's own. */
function task(name: string, at: number): readonly IncomingEvent[] {
  const [flow, agent, call] = [`${name}-flow`, `${name}-agent`, `${name}-call`];
  const data = { task_id: name };
  return [
    event(name, 'task_started', { at, parent: 'crew', data }),
    event(agent, 'agent_execution_started', { at: at + 1, parent: name, data }),
    event(flow, 'flow_started', { at: at + 2, parent: agent, data: { flow_name: 'AgentExecutor' } }),
    event(call, 'llm_call_started', { at: at + 3, parent: flow, data }),
    event(`${call}-end`, 'llm_call_completed', {
      at: at + 4,
      parent: flow,
      started: call,
      data: { ...data, usage: USAGE },
    }),
    event(`${flow}-end`, 'flow_finished', { at: at + 5, parent: agent, started: flow }),
    event(`${agent}-end`, 'agent_execution_completed', { at: at + 6, parent: name, started: agent, data }),
    event(`${name}-end`, 'task_completed', { at: at + 7, parent: 'crew', started: name, data }),
  ];
}

let noted = 0;
const isFlow = ({ type }: IncomingEvent): boolean => type.startsWith('flow_');
const names = Array.from({ length: TASKS }, (_, index) => `task-${index}`);
const start = event('crew', 'crew_kickoff_started', { at: 0 });
const end = event('crew-end', 'crew_kickoff_completed', { at: TASKS * 1_000, started: 'crew' });

/** As it goes, a second for each task. */
function run(withFlows: boolean): readonly Operation[] {
  const bench = createBench();
  bench.add(start);
  for (const [index, name] of names.entries()) {
    for (const one of task(name, index * 1_000 + 1)) if (withFlows || !isFlow(one)) bench.add(one);
    bench.pass(1_000);
  }
  bench.add(end);
  return bench.drain();
}

describe('a run whose flows are not subscribed to, and nothing says so', () => {
  const operations = run(false);

  it('has each call under the agent that was at work, however long ago that was over', () => {
    const calls = operations.filter(({ kind }) => kind.family === 'llm');
    expect(calls.map(({ id, parentId }) => [id, parentId]).toSorted()).toEqual(
      names.map(name => [`${name}-call`, `${name}-agent`]).toSorted(),
    );
    expect(new Set(calls.map(({ parentCertainty }) => parentCertainty))).toEqual(new Set(['inferred']));
  });

  it('has the sums and the counts of one whose flows are', () => {
    const sums = (some: readonly Operation[]) => some.map(({ id, tally, calls }) => ({ id, tally, calls }));
    const byId = (a: { readonly id: string }, b: { readonly id: string }) => (a.id < b.id ? -1 : 1);
    expect(sums(operations).toSorted(byId)).toEqual(sums(run(true)).toSorted(byId));
    expect(operations.find(({ id }) => id === 'crew')?.tally?.llmCalls).toBe(TASKS);
  });
});

describe('an operation that waits for the parent that it names', () => {
  const [taskStart, agentStart, flowStart, callStart, callEnd, ...ends] = task('task', 1);

  function withFlowAfter(pause: number): readonly Operation[] {
    const bench = createBench();
    for (const one of [start, taskStart, agentStart, callStart, callEnd, ...ends, end]) {
      if (one !== undefined && !isFlow(one)) bench.add(one);
    }
    bench.pass(pause);
    if (flowStart !== undefined) bench.add(flowStart);
    return bench.drain();
  }

  it('stands in that exactly where it comes in time', () => {
    const call = withFlowAfter(200_000).find(({ id }) => id === 'task-call');
    expect(call).toMatchObject({ parentId: 'task-agent', parentCertainty: 'exact' });
  });

  it('counts once with what is around it', () => {
    expect(withFlowAfter(200_000).find(({ id }) => id === 'crew')?.tally?.llmCalls).toBe(1);
  });

  it('is no root, and has no place yet, when what it is expected in gets one', () => {
    const bench = createBench();
    bench.add(event('agent', 'agent_execution_started', { at: 2, parent: 'task' }));
    bench.add(event('call', 'llm_call_started', { at: 3, parent: 'never' }));
    bench.add(event('call-end', 'llm_call_completed', { at: 4, parent: 'never', started: 'call' }));
    goThrough(bench);
    bench.add(event('task', 'task_started', { at: 1, parent: 'crew' }));
    bench.add(start);
    bench.pass(10_000);
    expect(bench.operations).toEqual([]);
    expect(bench.drain().find(({ id }) => id === 'call')?.parentId).toBe('agent');
  });

  it('is known to what lives on, when all between has settled', () => {
    const bench = createBench();
    for (const one of [start, taskStart, agentStart, callStart, ...ends]) {
      if (one === undefined || isFlow(one)) continue;
      bench.add(one);
      bench.pass(3_000);
    }
    bench.add(event('call-end', 'llm_call_completed', { at: 50_000, parent: 'task-flow', started: 'task-call' }));
    const operations = bench.drain();
    const call = operations.find(({ id }) => id === 'task-call');
    expect(operations.find(({ id }) => id === 'crew')).toMatchObject({ incomplete: 'no_end', endTime: call?.endTime });
  });

  it('does not keep back what it turns out not to fit into', () => {
    const bench = createBench();
    bench.add(event('agent', 'agent_execution_started', { at: 2, parent: 'task' }));
    bench.pass(5_000);
    const data = { task_id: 'another', flow_name: 'Another' };
    bench.add(event('call', 'llm_call_started', { at: 3, parent: 'never', data }));
    goThrough(bench);
    bench.add(event('task', 'task_started', { at: 1, parent: 'flow', data: { task_id: 'task' } }));
    bench.add(event('flow', 'flow_started', { at: 0, data: { flow_name: 'Flow' } }));
    expect(placesOf(bench.drain())).toEqual({ agent: 'task', call: undefined, flow: undefined, task: 'flow' });
  });

  it('gives way where what it is expected in turns out to stand below it', () => {
    const bench = createBench();
    bench.add(event('agent', 'agent_execution_started', { at: 1, parent: 'flow' }));
    bench.add(event('call', 'llm_call_started', { at: 2, parent: 'never' }));
    goThrough(bench);
    bench.add(event('flow', 'flow_started', { at: 3, parent: 'call', data: { flow_name: 'AgentExecutor' } }));
    bench.add(event('other', 'llm_call_started', { at: 4, parent: 'never' }));
    goThrough(bench);
    expect(placesOf(bench.drain())).toEqual({ agent: 'call', call: undefined, other: 'agent' });
  });

  it('is not expected in what is expected in it', () => {
    const bench = createBench();
    bench.add(event('crew', 'crew_kickoff_started', { at: 1, parent: 'tool' }));
    bench.add(event('task', 'task_started', { at: 2, parent: 'never' }));
    bench.add(event('tool', 'tool_usage_started', { at: 3, parent: 'never' }));
    bench.add(event('agent', 'agent_execution_started', { at: 5, parent: 'delegation' }));
    bench.add(event('call', 'llm_call_started', { at: 6, parent: 'agent' }));
    goThrough(bench);
    bench.add(event('delegation', 'tool_usage_started', { at: 4, parent: 'tool' }));
    expect(placesOf(bench.drain())).toEqual({
      agent: 'delegation',
      call: 'agent',
      crew: 'tool',
      delegation: 'tool',
      task: 'crew',
      tool: undefined,
    });
  });
});

describe('an operation whose place no id tells', () => {
  const call = event('call', 'llm_call_started', { at: 3, parent: 'never' });
  const inferred = { ...call, data: {} };
  const agent = event('agent', 'agent_execution_started', { at: 1 });
  const agentEnd = event('agent-end', 'agent_execution_completed', { at: 4, started: 'agent' });
  const callEnd = event('call-end', 'llm_call_completed', { at: 900_000, started: 'call' });

  it.each([
    ['which is not sent', [agent, call, agentEnd]],
    ['which it does not name', [agent, inferred, agentEnd]],
    ['which was over when it came', [agent, agentEnd, 'pause', inferred]],
  ] as const)('stands after a restart in the parent, %s, that has settled before', (_, events) => {
    const bench = createBench();
    bench.add(start);
    for (const one of events) {
      if (one === 'pause') bench.pass(10_000);
      else bench.add(one);
    }
    bench.pass(10_000);
    expect(bench.operations.map(({ id }) => id)).toEqual(['agent']);
    bench.restart();
    bench.pass(400_000);
    bench.restart();
    bench.add(callEnd);
    expect(placesOf(bench.drain())).toEqual({ agent: 'crew', call: 'agent', crew: undefined });
  });
});

/** What has come is gone through, in order of events, when anything of the execution is due: here a mark. */
function goThrough(bench: Bench): void {
  bench.add(event(`note-${noted++}`, 'note', { at: 9 }));
  bench.pass(10_000);
}

function placesOf(operations: readonly Operation[]): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(operations.map(({ id, parentId }) => [id, parentId]));
}
