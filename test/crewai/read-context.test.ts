import { expect, test } from 'vitest';
import { readContext } from '../../src/crewai/read-context.ts';

const DATA = { task_id: 't1', agent_role: 'Writer', crew_name: 'C' };

test('events that say the same share one context', () => {
  const context = readContext(DATA);
  expect(context).toMatchObject({ taskId: 't1', agentRole: 'Writer', crewName: 'C' });
  expect(readContext({ ...DATA, tool_name: 'search' })).toBe(context);
});

test.each([
  ['crew_name', 'crewName'],
  ['flow_name', 'flowName'],
  ['task_id', 'taskId'],
  ['task_name', 'taskName'],
  ['agent_id', 'agentId'],
  ['agent_role', 'agentRole'],
  ['agent_key', 'agentKey'],
  ['session_id', 'conversationId'],
])('another %s is another context', (field, name) => {
  const before = readContext(DATA);
  const context = readContext({ ...DATA, [field]: 'another' });
  expect(context).toEqual({ ...before, [name]: 'another' });
  expect(context).not.toBe(before);
});

test.each([
  ['the input of a kickoff that is named for it', { inputs: { chat: 'c-7' } }, 'c-7'],
  ['a session id before that', { inputs: { chat: 'c-7' }, session_id: 's-1' }, 's-1'],
  ['no other input', { inputs: { session_id: 'c-7' } }, undefined],
  ['no input that is no id', { inputs: { chat: { id: 'c-7' } } }, undefined],
  ['nothing where there are no inputs', {}, undefined],
])('the conversation: %s', (_, data, expected) => {
  expect(readContext(data, 'chat').conversationId).toBe(expected);
});

test('no input is a conversation where none is named', () => {
  expect(readContext({ inputs: { undefined: 'c-7' } }).conversationId).toBeUndefined();
});

test('an agent is found where the events of a lite agent describe it', () => {
  expect(readContext({ agent_info: { id: 'a7', role: 'Editor' } })).toMatchObject({
    agentId: 'a7',
    agentRole: 'Editor',
  });
});

test('a task that is called by its whole description keeps no more of it than a span tells', () => {
  const { taskName } = readContext({ task: { name: `Write ${'x'.repeat(10_000)}` } });
  expect(taskName).toBe(`Write ${'x'.repeat(4_090)}`);
});

test('a whole task and a whole agent count before the flat fields', () => {
  const context = readContext({ ...DATA, task: { id: 't2' }, agent: { role: 'Editor', id: 7 } });
  expect(context).toMatchObject({ taskId: 't2', agentRole: 'Editor', agentId: '7' });
});
