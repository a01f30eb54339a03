import { describe, expect, test } from 'vitest';
import { type Agreement, agentAgreement, taskAgreement } from '../../../src/assembly/inference/agreement.ts';
import type { Context } from '../../../src/crewai/facts.ts';

type Case = [string, Context, Context, Agreement];

describe('two events speak of one task', () => {
  test.each<Case>([
    ['of one id, whatever it is called', { taskId: '1', taskName: 'brew' }, { taskId: '1', taskName: 'pour' }, 'same'],
    ['of one name and two ids', { taskId: '1', taskName: 'brew' }, { taskId: '2', taskName: 'brew' }, 'different'],
    ['of one name, where one has no id', { taskId: '1', taskName: 'brew' }, { taskName: 'brew' }, 'same'],
    ['of two names, where one has no id', { taskId: '1', taskName: 'brew' }, { taskName: 'pour' }, 'different'],
    ['where one says nothing', { taskId: '1' }, {}, 'unknown'],
  ])('%s', (_, one, other, expected) => {
    expect(taskAgreement(one, other)).toBe(expected);
    expect(taskAgreement(other, one)).toBe(expected);
  });
});

describe('two events speak of one agent', () => {
  test.each<Case>([
    ['of one id, whatever its role', { agentId: '1', agentRole: 'a' }, { agentId: '1', agentRole: 'b' }, 'same'],
    ['of one key, copied', { agentId: '1', agentKey: 'k' }, { agentId: '2', agentKey: 'k' }, 'same'],
    ['of one role, perhaps copied', { agentId: '1', agentRole: 'a' }, { agentId: '2', agentRole: 'a' }, 'unknown'],
    ['of one role, where one has no id', { agentId: '1', agentRole: 'a' }, { agentRole: 'a' }, 'same'],
    ['of one role with blanks around it', { agentRole: 'a' }, { agentRole: ' a\n' }, 'same'],
    ['of two roles', { agentId: '1', agentRole: 'a' }, { agentId: '2', agentRole: 'b' }, 'different'],
    ['of two ids, where one has no role', { agentId: '1', agentRole: 'a' }, { agentId: '2' }, 'different'],
    ['where one says nothing', { agentId: '1', agentRole: 'a', agentKey: 'k' }, {}, 'unknown'],
  ])('%s', (_, one, other, expected) => {
    expect(agentAgreement(one, other)).toBe(expected);
    expect(agentAgreement(other, one)).toBe(expected);
  });
});
