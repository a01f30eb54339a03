/** A made-up run of any size, event by event as CrewAI 1.15 writes them: one crew, one task, one agent that uses a tool. */

export interface MadeRunOptions {
  /** Tells the runs apart: ids follow from it. */
  readonly run: number;
  /** Uses of the tool. */
  readonly uses: number;
  /** Ends nothing that it starts. */
  readonly open?: boolean;
  /** The name of the tool, by its number. */
  readonly toolName?: (use: number) => string;
  /** Of the arguments of the tool, in characters. An event of a tool has about 850 besides. */
  readonly argumentLength?: number;
}

const EPOCH_MS = Date.UTC(2026, 10, 23);
const AGENT = { id: 'a0000000-0000-4000-8000-000000000001', role: 'Worker', goal: 'Work' };
const NOTHING = { source_fingerprint: null, source_type: null, fingerprint_metadata: null };

/** JSON texts, in the order in which they are sent: `2 * uses + 6` of them, or half if it is left open. */
export function* madeRun(options: MadeRunOptions): Generator<string> {
  const { run, uses, open = false, toolName = () => 'lookup', argumentLength = 1_150 } = options;
  const id = (number: number): string =>
    `${run.toString(16).padStart(8, '0')}-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
  const execution = id(0);
  const query = 'q'.repeat(argumentLength);
  let sequence = 0;

  function event(type: string, own: number, parent: number | null, more: object): string {
    sequence += 1;
    const timestamp = new Date(EPOCH_MS + sequence).toISOString().replace('Z', '000Z');
    const ids = {
      event_id: id(own),
      parent_event_id: parent === null ? null : id(parent),
      previous_event_id: null,
      triggered_by_event_id: null,
      started_event_id: null,
      emission_sequence: sequence,
    };
    const data = { timestamp, type, ...NOTHING, ...ids, ...more };
    return JSON.stringify({ id: id(own), execution_id: execution, timestamp, type, data });
  }

  const [crew, task, agent] = [1, 2, 3];
  const inTask = { task_id: id(4), task_name: 'work', agent_id: AGENT.id, agent_role: AGENT.role };
  const ofTool = { ...inTask, agent_key: 'key', tool_class: null, run_attempts: 0, delegations: null, agent: null };
  yield event('crew_kickoff_started', crew, null, { crew_name: 'made', inputs: {} });
  yield event('task_started', task, crew, { ...inTask, context: '', task: { name: 'work', description: 'Work' } });
  yield event('agent_execution_started', agent, task, { agent: AGENT, task_prompt: 'Work', tools: [] });
  for (let use = 0; use < uses; use += 1) {
    const start = 16 + 2 * use;
    const tool = { ...ofTool, tool_name: toolName(use), tool_args: { query } };
    yield event('tool_usage_started', start, agent, tool);
    if (open) continue;
    yield event('tool_usage_finished', start + 1, agent, { ...tool, started_event_id: id(start), output: 'found' });
  }
  if (open) return;
  yield event('agent_execution_completed', 5, agent, { agent: AGENT, started_event_id: id(agent), output: 'done' });
  yield event('task_completed', 6, task, { ...inTask, started_event_id: id(task), output: { raw: 'done' } });
  yield event('crew_kickoff_completed', 7, crew, { crew_name: 'made', started_event_id: id(crew), output: 'done' });
}

/** Spans that a whole run becomes. */
export const spansOf = (uses: number): number => uses + 3;
