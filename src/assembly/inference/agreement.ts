/** Whether two events speak of the same task, or the same agent. */
import type { Context } from '../../crewai/facts.ts';

export type Agreement = 'same' | 'different' | 'unknown';

/** By id; by name only where one of the two has no id. */
export function taskAgreement(a: Context, b: Context): Agreement {
  if (a.taskId !== undefined && b.taskId !== undefined) return compare(a.taskId, b.taskId);
  return compare(a.taskName, b.taskName);
}

/** An agent may be copied, with a new id and the same role: only where the role differs too is it another one. */
export function agentAgreement(a: Context, b: Context): Agreement {
  if (compare(a.agentId, b.agentId) === 'same' || compare(a.agentKey, b.agentKey) === 'same') return 'same';
  const byRole = compare(a.agentRole, b.agentRole);
  if (byRole === 'same') return compare(a.agentId, b.agentId) === 'different' ? 'unknown' : 'same';
  return byRole === 'unknown' ? compare(a.agentId, b.agentId) : byRole;
}

function compare(a: string | undefined, b: string | undefined): Agreement {
  if (a === undefined || b === undefined) return 'unknown';
  return a.trim() === b.trim() ? 'same' : 'different';
}
