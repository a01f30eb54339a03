import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFacts } from '../../src/crewai/read-facts.ts';

function facts(type: string, data: unknown): ReturnType<typeof readFacts> {
  return readFacts({ id: 'envelope', executionId: 'run', type, time: 1, data });
}

describe('readFacts', () => {
  it('goes by data.event_id, which parents refer to, before the id of the envelope', () => {
    expect(facts('task_started', { event_id: 'inner' }).id).toBe('inner');
    expect(facts('task_started', { event_id: '' }).id).toBe('envelope');
    expect(facts('task_started', { event_id: 'x'.repeat(10_000) }).id).toBe('envelope');
  });

  it('makes well-formed ids of all that are named, as those of the envelope are', () => {
    const named = facts('llm_call_completed', { event_id: 'a\ud800', parent_event_id: 'b\udfff', call_id: '\ud800c' });
    expect(named).toMatchObject({ id: 'a\ufffd', parentId: 'b\ufffd', callId: '\ufffdc' });
  });

  it.each([null, undefined, 'text', [], 7, true])('reads nothing from data that is %j', data => {
    expect(facts('task_started', data)).toMatchObject({ id: 'envelope', parentId: undefined, context: {} });
  });

  it('finds task and agent in the objects of the oldest events and in the fields of the newest', () => {
    const whole = facts('agent_execution_started', {
      task: { id: 't', name: 'brew' },
      agent: { id: 'a', role: 'Brewer', key: 'k' },
    });
    const flat = facts('llm_call_started', {
      task_id: 't',
      task_name: 'brew',
      agent_id: 'a',
      agent_role: 'Brewer',
      agent_key: 'k',
    });
    const context = { taskId: 't', taskName: 'brew', agentId: 'a', agentRole: 'Brewer', agentKey: 'k' };
    expect(whole.context).toMatchObject(context);
    expect(flat.context).toMatchObject(context);
  });

  it("takes the task of an A2A server, and the agent of a delegation, for none of the crew's", () => {
    const theirs = { task_id: 'theirs', agent_id: 'theirs' };
    expect(facts('a2a_server_task_started', theirs).context).toMatchObject({ taskId: undefined, agentId: 'theirs' });
    for (const type of ['a2a_delegation_started', 'a2a_conversation_started', 'a2a_delegation_completed']) {
      expect(facts(type, theirs).context).toMatchObject({ taskId: 'theirs', agentId: undefined });
    }
    const ours = { task_id: 't', task_name: 'brew', agent_id: 'a', agent_role: 'Brewer' };
    for (const type of ['a2a_server_task_started', 'a2a_delegation_started']) {
      expect(facts(type, ours).context).toMatchObject({ taskId: 't', agentId: 'a', agentRole: 'Brewer' });
    }
  });

  it.each(['AgentExecutor', 'EncodingFlow', 'RecallFlow'])('sees through the flow %s', name => {
    expect(facts('flow_started', { flow_name: name }).transparent).toBe(true);
    expect(facts('flow_finished', { flow_name: name }).transparent).toBe(true);
    expect(facts('flow_started', { flow_name: `My${name}` }).transparent).toBe(false);
    expect(facts('crew_kickoff_started', { flow_name: name }).transparent).toBe(false);
  });

  it('takes an operation for failed that says so, although its type says finished', () => {
    expect(facts('tool_usage_finished', { failure: { reason: 'unknown_tool' } }).failed).toBe(true);
    expect(facts('tool_usage_finished', { failure: null }).failed).toBe(false);
    expect(facts('a2a_delegation_completed', { status: 'failed' }).failed).toBe(true);
    expect(facts('a2a_delegation_completed', { status: 'completed' }).failed).toBe(false);
    expect(facts('plan_step_completed', { success: false }).failed).toBe(true);
    expect(facts('plan_step_completed', { success: true }).failed).toBe(false);
    expect(facts('task_completed', { status: 'failed', success: false }).failed).toBe(false);
  });

  it.each([
    [{ started_at: '2026-11-23T15:31:54.091869', finished_at: '2026-11-23T15:31:54.102543' }, 10_674],
    [{ started_at: '2026-11-23T15:31:54', completed_at: '2026-11-23T15:31:55' }, 1_000_000],
    [{ started_at: '2026-11-23T15:31:54', failed_at: '2026-11-23T15:31:55' }, 1_000_000],
    [{ query_time_ms: 12.5 }, 12_500],
    [{ query_time_ms: 0 }, 0],
    [{ connection_duration_ms: 3 }, 3_000],
    [{ duration_ms: 4 }, 4_000],
    [{ longduration_ms: 4 }, undefined],
    [{ started_at: 'soon', finished_at: 'later' }, undefined],
    [{ started_at: '2026-11-23T15:31:55', finished_at: '2026-11-23T15:31:54' }, undefined],
    [{ query_time_ms: -1 }, undefined],
  ])('reads from %j how long it took', (data, elapsed) => {
    expect(facts('memory_query_completed', data).elapsed).toBe(elapsed);
  });

  it('counts the tokens of a call once: what else ends may repeat them', () => {
    const data = { usage: { prompt_tokens: 5 } };
    expect(facts('llm_call_completed', data).usage).toMatchObject({ input: 5 });
    expect(facts('lite_agent_execution_completed', data).usage).toBeUndefined();
  });

  it('holds no more of a custom event than a few short values', () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`key_${index}`, index]));
    const { fields } = facts('order_started', {
      long: 'x'.repeat(10_000),
      ['x'.repeat(10_000)]: 1,
      open: true,
      ...many,
    });
    expect(Object.keys(fields ?? {})).toHaveLength(16);
    expect(fields).toMatchObject({ open: 'true', key_0: '0' });
    expect(JSON.stringify(fields).length).toBeLessThan(1_000);
  });

  it('gives the arguments of a tool one digest as JSON text and as an object', () => {
    const text = facts('tool_usage_started', { tool_args: '{"b": 1, "a": "x"}' }).args;
    expect(facts('tool_usage_finished', { tool_args: { a: 'x', b: 1 } }).args).toBe(text);
    expect(facts('tool_usage_finished', { tool_args: { a: 'y', b: 1 } }).args).not.toBe(text);
    expect(facts('tool_usage_started', { tool_args: '{broken' }).args).toBeDefined();
  });

  it('never throws, whatever data is', () => {
    const types = fc.constantFrom(
      'task_started',
      'tool_usage_finished',
      'llm_call_completed',
      'flow_paused',
      'x_started',
      'x_failed',
      'y',
    );
    fc.assert(
      fc.property(types, fc.anything({ withNullPrototype: true, maxDepth: 4 }), (type, data) => void facts(type, data)),
    );
  });

  it('is not overflown by data nested 10,000 deep', () => {
    const deep = JSON.parse(`${'{"tool_args":'.repeat(10_000)}1${'}'.repeat(10_000)}`) as unknown;
    expect(facts('tool_usage_started', deep).id).toBe('envelope');
    expect(facts('order_started', deep).id).toBe('envelope');
  });

  it('reads no field from a prototype', () => {
    const data = JSON.parse('{"__proto__": {"parent_event_id": "stolen"}}') as unknown;
    expect(facts('task_started', data).parentId).toBeUndefined();
  });
});
