/** Crews that nobody ran: as long, as many and as large as a curve needs. */
import { uuidOf } from './uuid.mjs';

const BEGIN_MICROS = 1_700_000_000_000_000;

/**
 * A crew of tasks, each with an agent that calls its model and a tool in turn; an event a millisecond. `withIds`: with the
 * ids by which newer releases of CrewAI pair and nest. `padding`: a text in the messages of each LLM call.
 */
export function* crew(execution, operations, { withIds = true, padding = '' } = {}) {
  let at = 0;
  let made = 0;
  const executionId = uuidOf(execution);
  const id = name => uuidOf(`${execution}-${name}`);
  const event = (name, type, { parent, started, ...data }) => ({
    id: id(name),
    executionId,
    type,
    time: BEGIN_MICROS + at++ * 1_000,
    data: withIds
      ? {
          event_id: id(name),
          parent_event_id: parent && id(parent),
          started_event_id: started ? id(started) : null,
          ...data,
        }
      : data,
  });
  yield event('crew', 'crew_kickoff_started', { crew_name: 'bench' });
  made++;
  for (let task = 0; made < operations; task++) {
    const identity = { task_id: `t${task}`, task_name: `task ${task}`, agent_id: `a${task}`, agent_role: 'Worker' };
    yield event(`t${task}`, 'task_started', { parent: 'crew', ...identity });
    yield event(`a${task}`, 'agent_execution_started', { parent: `t${task}`, ...identity });
    made += 2;
    for (let step = 0; step < 40 && made < operations; step++, made += 2) {
      const inside = { parent: `a${task}`, ...identity };
      const call = withIds ? { call_id: id(`c${task}-${step}`) } : {};
      const messages = [{ role: 'user', content: `step ${step}${padding}` }];
      yield event(`l${task}-${step}`, 'llm_call_started', { ...inside, ...call, messages, model: 'gpt-4o-mini' });
      yield event(`le${task}-${step}`, 'llm_call_completed', {
        ...inside,
        ...call,
        messages,
        started: `l${task}-${step}`,
        model: 'gpt-4o-mini',
      });
      const tool = { ...inside, tool_name: 'lookup', tool_args: { step, text: padding } };
      yield event(`u${task}-${step}`, 'tool_usage_started', tool);
      yield event(`ue${task}-${step}`, 'tool_usage_finished', { ...tool, started: `u${task}-${step}` });
    }
    yield event(`ae${task}`, 'agent_execution_completed', { parent: `t${task}`, started: `a${task}`, ...identity });
    yield event(`te${task}`, 'task_completed', { parent: 'crew', started: `t${task}`, ...identity });
  }
  yield event('crew-end', 'crew_kickoff_completed', { started: 'crew', crew_name: 'bench' });
}

/** An agent that has all its tools under way at the same time, with events that carry no ids. */
export function* parallelTools(execution, count) {
  let at = 0;
  const identity = { task_id: 't', task_name: 'task', agent_id: 'a', agent_role: 'Worker' };
  const event = (name, type, data) => ({
    id: uuidOf(`${execution}-${name}`),
    executionId: uuidOf(execution),
    type,
    time: BEGIN_MICROS + at++ * 1_000,
    data: { ...identity, ...data },
  });
  yield event('crew', 'crew_kickoff_started', { crew_name: 'bench' });
  yield event('task', 'task_started', {});
  yield event('agent', 'agent_execution_started', {});
  for (const step of ['started', 'finished']) {
    for (let index = 0; index < count; index++) {
      yield event(`${step}-${index}`, `tool_usage_${step}`, { tool_name: 'lookup', tool_args: { index } });
    }
  }
  yield event('agent-end', 'agent_execution_completed', {});
  yield event('task-end', 'task_completed', {});
  yield event('crew-end', 'crew_kickoff_completed', { crew_name: 'bench' });
}

/** Interleaves executions event by event, as a busy webhook would get them. */
export function* interleaved(streams) {
  let live = streams;
  while (live.length > 0) {
    const still = [];
    for (const stream of live) {
      const next = stream.next();
      if (next.done) continue;
      still.push(stream);
      yield next.value;
    }
    live = still;
  }
}

const kickoffId = execution => uuidOf(`${execution}-crew`);

/** Executions that begin and stay open. */
export function* kickoffs(name, count) {
  for (let index = 0; index < count; index++) {
    const execution = `${name}-${index}`;
    const data = { event_id: kickoffId(execution), parent_event_id: null, crew_name: 'bench' };
    const executionId = uuidOf(execution);
    yield { id: data.event_id, executionId, type: 'crew_kickoff_started', time: BEGIN_MICROS, data };
  }
}

/**
 * LLM calls in the executions that {@link kickoffs} began, taking turns: `events` in all. With `open` the calls begin and
 * do not end. `name` keeps the ids of two such series apart.
 */
export function* calls(name, { executions, count, events, open = false, padding = '' }) {
  const each = open ? ['started'] : ['started', 'completed'];
  for (let made = 0; made < events; made += each.length) {
    const execution = `${executions}-${(made / each.length) % count}`;
    const start = uuidOf(`${execution}-${name}-${made}`);
    for (const [index, step] of each.entries()) {
      const id = index === 0 ? start : uuidOf(`${start}-end`);
      const ids = { event_id: id, parent_event_id: kickoffId(execution), started_event_id: index === 0 ? null : start };
      const data = { ...ids, call_id: uuidOf(`${start}-call`), model: 'gpt-4o-mini', agent_role: 'Worker' };
      const messages = [{ role: 'user', content: `call ${made}${padding}` }];
      const time = BEGIN_MICROS + (made + index) * 1_000;
      yield { id, executionId: uuidOf(execution), type: `llm_call_${step}`, time, data: { ...data, messages } };
    }
  }
}
