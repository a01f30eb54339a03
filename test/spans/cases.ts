/** One operation of each kind, recorded where the recordings hold one, else made up from the fields of its event types. */
import { readFileSync } from 'node:fs';
import type { IncomingEvent } from '../../src/crewai/event.ts';
import { EXECUTION, type Given } from './support.ts';

export type Cases = Readonly<Record<string, Given>>;

const NOON = 1_795_435_200_000_000;

function made(type: string, data: object, id: string, offset: number): IncomingEvent {
  return { id, executionId: EXECUTION, type, time: NOON + offset * 1_000_000, data };
}

const start = (type: string, data: object): IncomingEvent => made(type, data, 'start-id', 0);
const end = (type: string, data: object): IncomingEvent => made(type, data, 'end-id', 2);
const mark = (type: string, data: object): IncomingEvent => made(type, data, 'mark-id', 1);

interface Line {
  readonly id: string;
  readonly execution_id: string;
  readonly timestamp: string;
  readonly type: string;
  readonly data: { readonly event_id?: string; readonly started_event_id?: string };
}

export function recorded(name: string): readonly IncomingEvent[] {
  const text = readFileSync(new URL(`../recordings/1.15.30/${name}.jsonl`, import.meta.url), 'utf8');
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line.replaceAll(/\bNaN\b/g, 'null')) as Line)
    .map(({ id, execution_id: executionId, timestamp, type, data }) => ({
      id,
      executionId,
      type,
      time: Date.parse(timestamp) * 1000,
      data,
    }));
}

/** The nth operation of a recording whose end is of a type, paired by the id that the end names. */
function pair(name: string, endType: string, nth = 0): Given {
  const events = recorded(name);
  const ending = events.filter(({ type }) => type === endType)[nth];
  const startedId = (ending?.data as Line['data'] | undefined)?.started_event_id;
  const starting = events.find(({ id }) => id === startedId);
  if (ending === undefined || starting === undefined) throw new Error(`${name} has no ${nth}. ${endType}`);
  return { start: starting, end: ending };
}

/** What CrewAI writes over the ids of the other side. */
const OUR_IDS = { task_id: 'our-task', task_name: 'book', agent_id: 'our-agent', agent_role: 'Planner' };

export const FAMILY_CASES: Readonly<Record<string, Cases>> = {
  crew: {
    'kickoff, completed, a root': {
      ...pair('01_simple', 'crew_kickoff_completed'),
      operation: {
        parentId: undefined,
        parentCertainty: 'root',
        tally: { usage: { input: 134, output: 45 }, llmCalls: 2, toolCalls: 0, failedOperations: 0 },
      },
    },
    'kickoff, failed': pair('04a_llm_500', 'crew_kickoff_failed'),
    'kickoff with token usage, by the default name': {
      start: start('crew_kickoff_started', { crew_name: 'crew', inputs: { topic: 'tea' } }),
      end: end('crew_kickoff_completed', {
        crew_name: 'crew',
        output: { raw: 'Tea is nice.', token_usage: { total_tokens: 179, prompt_tokens: 134, completion_tokens: 45 } },
      }),
    },
    train: {
      start: start('crew_train_started', {
        crew_name: 'tea_crew',
        n_iterations: 3,
        filename: 'trained.pkl',
        inputs: { a: 1 },
      }),
      end: end('crew_train_completed', { crew_name: 'tea_crew', n_iterations: 3, filename: 'trained.pkl' }),
    },
    'test, with a result': {
      start: start('crew_test_started', {
        crew_name: 'tea_crew',
        n_iterations: 2,
        eval_llm: 'gpt-4o-mini',
        inputs: null,
      }),
      end: end('crew_test_completed', { crew_name: 'tea_crew' }),
      marks: [
        mark('crew_test_result', {
          crew_name: 'tea_crew',
          quality: 8.5,
          execution_duration: 1.25,
          model: 'gpt-4o-mini',
        }),
      ],
    },
  },
  flow: {
    finished: pair('12a_flow', 'flow_finished'),
    failed: pair('12b_flow_fails', 'flow_failed'),
    paused: { ...pair('17b_flow_paused', 'flow_paused'), operation: { outcome: 'paused' } },
    'resumed, a run inside a run': {
      ...pair('17c_flow_resumed', 'flow_finished'),
      operation: {
        parentId: undefined,
        parentCertainty: 'root',
        links: [
          { reason: 'resumed', executionId: EXECUTION, operationId: 'paused-method', caller: undefined },
          { reason: 'parent_execution', executionId: EXECUTION, operationId: 'outer', caller: undefined },
        ],
      },
    },
  },
  method: {
    finished: pair('12a_flow', 'method_execution_finished'),
    failed: pair('12b_flow_fails', 'method_execution_failed'),
    paused: { ...pair('17b_flow_paused', 'method_execution_paused'), operation: { outcome: 'paused' } },
    'with parameters': {
      start: start('method_execution_started', {
        flow_name: 'F',
        method_name: 'go',
        params: { city: 'Lisbon' },
        state: { n: 1 },
      }),
      end: end('method_execution_finished', {
        flow_name: 'F',
        method_name: 'go',
        result: { ok: true },
        state: { n: 2 },
      }),
    },
  },
  task: {
    completed: pair('01_simple', 'task_completed', 1),
    failed: pair('04a_llm_500', 'task_failed'),
    'without a name, in the reduced form': {
      start: start('task_started', {
        task_description: 'Research tea',
        expected_output: 'short',
        task_name: 'Research tea',
        context: '',
        agent_role: 'Researcher',
        task_id: 't-1',
      }),
      end: end('task_completed', {
        task_description: 'Research tea',
        task_name: 'Research tea',
        task_id: 't-1',
        output_raw: 'Facts about tea.',
        output_format: 'OutputFormat.RAW',
        agent_role: 'Researcher',
      }),
    },
    'with failures of its tools': {
      start: start('task_started', { task_id: 't-1', task_name: 'fetch' }),
      end: end('task_completed', { task_id: 't-1', task_name: 'fetch', output: { raw: 'x', tool_failures: [{}, {}] } }),
    },
  },
  agent: {
    completed: { ...pair('02_tools', 'agent_execution_completed'), operation: { calls: { llm: 3, tool: 2 } } },
    failed: pair('04a_llm_500', 'agent_execution_error'),
    'in the reduced form': {
      start: start('agent_execution_started', {
        agent_role: 'Researcher\n',
        agent_goal: 'Find things',
        agent_backstory: 'Terse.',
        task_prompt: 'Research tea',
      }),
      end: end('agent_execution_completed', { agent_role: 'Researcher\n', output: 'Facts' }),
    },
    'in an old form, its LLM a repr': {
      start: start('agent_execution_started', {
        agent: { id: 'a-1', key: 'k-1', role: 'R', llm: "{'model': 'gpt-4o', 'api_key': 'sk-secret'}" },
      }),
      end: end('agent_execution_completed', { agent: { id: 'a-1', role: 'R' }, output: 'Facts' }),
    },
  },
  lite_agent: {
    completed: pair('15_lite_agent', 'lite_agent_execution_completed'),
    failed: {
      start: start('lite_agent_execution_started', {
        agent_info: { id: 'l-1', key: 'k', role: 'Helper', goal: 'Help', backstory: 'Kind.' },
        messages: [{ role: 'user', content: 'hello' }],
        tools: [{ name: 'lookup', description: 'Looks up' }],
      }),
      end: end('lite_agent_execution_error', { agent_info: { id: 'l-1', role: 'Helper' }, error: 'KeyError: 3' }),
    },
  },
  llm: {
    completed: pair('01_simple', 'llm_call_completed'),
    'that calls tools': pair('02_tools', 'llm_call_completed'),
    'in a conversation with tools': pair('02_tools', 'llm_call_completed', 1),
    streamed: {
      ...pair('05_streaming', 'llm_call_completed'),
      operation: { chunks: { count: 5, firstTime: Date.parse('2026-11-23T15:22:29.500Z') * 1000 } },
    },
    failed: pair('04a_llm_500', 'llm_call_failed'),
    'with every parameter': {
      start: start('llm_call_started', {
        model: 'anthropic/claude-sonnet-4',
        call_id: 'c-1',
        messages: [
          { role: 'system', content: 'Be brief.' },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What is this?' },
              { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
              { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
            ],
          },
        ],
        temperature: 0.5,
        top_p: 0.9,
        frequency_penalty: 0.1,
        presence_penalty: 0.2,
        max_tokens: 100.4,
        seed: 7,
        stop_sequences: 'END',
        n: 2,
        stream: true,
        response_model: "<class 'app.Answer'>",
        available_functions: { lookup: '<function lookup>' },
      }),
      end: end('llm_call_completed', {
        model: 'anthropic/claude-sonnet-4',
        call_id: 'c-1',
        response: { answer: 42 },
        call_type: "<LLMCallType.LLM_CALL: 'llm_call'>",
        finish_reason: 'end_turn',
        response_id: 'msg_1',
        usage: { input_tokens: 10, output_tokens: 7, cache_read_input_tokens: 200, cache_creation_input_tokens: 30 },
      }),
      operation: { context: { conversationId: 'session-1', agentRole: 'Analyst', crewName: 'tea_crew' } },
    },
    'without a model, as before 1.0': {
      start: start('llm_call_started', { messages: 'hello' }),
      end: end('llm_call_completed', { response: 'hi', call_type: 'llm_call' }),
    },
  },
  tool: {
    finished: pair('02_tools', 'tool_usage_finished'),
    failed: pair('03_tool_failure', 'tool_usage_error'),
    'finished, but it says that it failed': {
      start: start('tool_usage_started', {
        tool_name: 'fetch',
        tool_args: '{"url": "https://a.example"}',
        plan_step_number: 2,
      }),
      end: end('tool_usage_finished', {
        tool_name: 'fetch',
        tool_args: { url: 'https://a.example' },
        tool_class: 'FetchTool',
        run_attempts: 2,
        delegations: 0,
        from_cache: false,
        output: 'Error: not reachable',
        failure: { message: 'host is down\nsecond line', reason: 'exception', code: 'ConnectError', retryable: true },
        policy: 'warn',
      }),
    },
    'finished, an MCP server saying that it failed': {
      start: start('tool_usage_started', { tool_name: 'fetch', tool_args: {} }),
      end: end('tool_usage_finished', {
        tool_name: 'fetch',
        failure: { message: 'no', reason: 'mcp_error', code: '-32000' },
      }),
    },
    'finished, a mark saying that it failed': {
      start: start('tool_usage_started', { tool_name: 'add', tool_args: '{not json' }),
      end: end('tool_usage_finished', { tool_name: 'add', output: 'bad arguments' }),
      marks: [
        mark('tool_failure_detected', {
          tool_name: 'add',
          failure: { message: 'bad', reason: 'invalid_input' },
          policy: 'warn',
        }),
      ],
    },
  },
  mcp: {
    connection: pair('19_mcp', 'mcp_connection_completed'),
    'connection failed': {
      start: start('mcp_connection_started', {
        server_name: 'files',
        server_url: 'https://user:secret@mcp.example.com/sse?token=secret',
        transport_type: 'sse',
        connect_timeout: 30,
        is_reconnect: true,
      }),
      end: end('mcp_connection_failed', {
        server_name: 'files',
        error: 'denied',
        error_type: 'authentication',
        status_code: 401,
      }),
    },
    'tool call inside a tool': { ...pair('19_mcp', 'mcp_tool_execution_completed'), operation: { insideTool: true } },
    'tool call by itself': pair('19_mcp', 'mcp_tool_execution_completed'),
    'tool call failed': pair('19_mcp', 'mcp_tool_execution_failed'),
    'tool call over HTTP': {
      start: start('mcp_tool_execution_started', {
        server_name: 'files',
        server_url: 'http://mcp.example.com:8080/mcp',
        transport_type: 'streamable_http',
        tool_name: 'read',
        tool_args: { path: '/etc/hosts' },
      }),
      end: end('mcp_tool_execution_completed', { server_name: 'files', tool_name: 'read', result: { lines: 3 } }),
    },
  },
  memory: {
    'query, nothing found': pair('06_memory', 'memory_query_completed'),
    'query, with records': {
      start: start('memory_query_started', {
        query: 'what Alice likes',
        limit: 5,
        score_threshold: 0.5,
        source_type: 'unified_memory',
      }),
      end: end('memory_query_completed', {
        query: 'what Alice likes',
        query_time_ms: 20.5,
        results: [
          { record: { id: "'r-1'", content: "'green tea'", metadata: "{'topics': ['tea']}" }, score: 0.57 },
          { id: 'r-2', metadata: { agent: "'Researcher'" }, context: 'Alice likes tea.', score: 1.13 },
        ],
      }),
    },
    'query, failed': {
      start: start('memory_query_started', { query: 'q', limit: 3 }),
      end: end('memory_query_failed', { query: 'q', limit: 3, error: 'chromadb.errors.InternalError: gone' }),
    },
    save: pair('06_memory', 'memory_save_completed'),
    'save, with metadata': {
      start: start('memory_save_started', {
        value: 'Alice likes tea',
        metadata: { agent: 'R' },
        source_type: 'short_term_memory',
      }),
      end: end('memory_save_completed', { value: 'Alice likes tea', save_time_ms: 3 }),
    },
    retrieval: pair('06_memory', 'memory_retrieval_completed'),
  },
  knowledge: {
    search: pair('07_knowledge', 'knowledge_search_query_completed'),
    rewrite: pair('07_knowledge', 'knowledge_query_completed'),
    'search, failed': {
      start: start('knowledge_search_query_started', { agent_role: 'Knower' }),
      end: end('knowledge_search_query_failed', { query: 'how old', error: 'TimeoutError()' }),
    },
  },
  reasoning: {
    completed: pair('09_reasoning', 'agent_reasoning_completed'),
    failed: {
      start: start('agent_reasoning_started', { agent_role: 'Thinker', attempt: 2 }),
      end: end('agent_reasoning_failed', { agent_role: 'Thinker', attempt: 2, error: 'no plan' }),
    },
  },
  guardrail: {
    'a function that does not pass': pair('08_guardrail', 'llm_guardrail_completed', 0),
    'a function that passes': pair('08_guardrail', 'llm_guardrail_completed', 1),
    'an LLM': pair('08_guardrail', 'llm_guardrail_completed', 2),
  },
  evaluation: {
    'one metric': {
      start: start('agent_evaluation_started', { agent_role: 'Judge', iteration: 1 }),
      end: end('agent_evaluation_completed', {
        agent_role: 'Judge',
        iteration: 1,
        metric_category: "<MetricCategory.GOAL_ALIGNMENT: 'goal_alignment'>",
        score: { score: 8.5, feedback: 'well done' },
      }),
    },
    'a second metric': {
      start: start('agent_evaluation_started', { agent_role: 'Judge', iteration: 1 }),
      end: end('agent_evaluation_completed', { iteration: 1, metric_category: 'goal_alignment', score: 8 }),
      marks: [
        mark('agent_evaluation_completed', {
          iteration: 1,
          metric_category: 'semantic_quality',
          score: { score: '9.0' },
        }),
      ],
    },
    failed: {
      start: start('agent_evaluation_started', { iteration: 1 }),
      end: end('agent_evaluation_failed', { iteration: 1, error: 'no judge' }),
      operation: { context: { agentRole: 'Judge' } },
    },
  },
  a2a: {
    delegation: {
      start: start('a2a_delegation_started', {
        endpoint: 'https://remote.example.com/a2a?key=secret',
        task_description: 'Find a hotel',
        context_id: 'ctx-1',
        is_multiturn: true,
        turn_number: 1,
        a2a_agent_name: 'Travel Agent',
        agent_id: 'agent-1',
        agent_card: { version: '1.2.0', description: 'Books travel' },
        protocol_version: '0.3.0',
        skill_id: 'hotels',
      }),
      end: end('a2a_delegation_completed', {
        status: 'completed',
        result: 'Hotel found',
        context_id: 'ctx-1',
        is_multiturn: true,
      }),
    },
    'delegation, failed by its status': {
      start: start('a2a_delegation_started', { endpoint: 'https://remote.example.com', task_description: 'x' }),
      end: end('a2a_delegation_completed', { status: 'failed', error: 'ConnectError: refused' }),
    },
    'delegation, whose ids are those of the task and the agent that delegate': {
      start: start('a2a_delegation_started', {
        endpoint: 'https://remote.example.com/a2a?key=secret',
        task_description: 'Find a hotel',
        ...OUR_IDS,
      }),
      end: end('a2a_delegation_completed', { status: 'completed', result: 'Hotel found', ...OUR_IDS }),
    },
    'delegation to an agent that is known by its endpoint': {
      start: start('a2a_delegation_started', {
        endpoint: 'https://remote.example.com/a2a?key=secret',
        agent_id: 'https://remote.example.com/a2a?key=secret',
        task_description: 'Find a hotel',
      }),
      end: end('a2a_delegation_completed', { status: 'completed', result: 'Hotel found' }),
    },
    conversation: {
      start: start('a2a_conversation_started', {
        endpoint: 'https://remote.example.com:8443/a2a',
        context_id: 'ctx-1',
        a2a_agent_name: 'Travel Agent',
      }),
      end: end('a2a_conversation_completed', { status: 'completed', total_turns: 3, final_result: 'done' }),
    },
    'parallel delegation': {
      start: start('a2a_parallel_delegation_started', {
        endpoints: ['https://a.example', 'https://b.example'],
        task_description: 'x',
      }),
      end: end('a2a_parallel_delegation_completed', { success_count: 1, failure_count: 1, results: { a: 'x' } }),
    },
    'server task': {
      start: start('a2a_server_task_started', { task_id: 'task-1', context_id: 'ctx-1', metadata: null }),
      end: end('a2a_server_task_completed', { task_id: 'task-1', context_id: 'ctx-1', result: 'done' }),
    },
    'server task, whose id is that of the task that the crew made of it': {
      start: start('a2a_server_task_started', { context_id: 'ctx-1', ...OUR_IDS }),
      end: end('a2a_server_task_completed', { context_id: 'ctx-1', result: 'done', ...OUR_IDS }),
    },
    'server task, canceled': {
      start: start('a2a_server_task_started', { task_id: 'task-1', context_id: 'ctx-1' }),
      end: end('a2a_server_task_canceled', { task_id: 'task-1', context_id: 'ctx-1' }),
    },
  },
  plain: {
    plan_step: {
      start: recordedFirst('09b_planning_steps', 'plan_step_started'),
      end: recordedFirst('09b_planning_steps', 'plan_step_completed'),
    },
    'plan_step, failed by its own word': {
      start: start('plan_step_started', { step_number: 2, tool_to_use: 'search' }),
      end: end('plan_step_completed', { step_number: 2, success: false, error: 'TimeoutError: too slow\nfor step 2' }),
    },
    step_observation: {
      start: recordedFirst('09b_planning_steps', 'step_observation_started'),
      end: recordedFirst('09b_planning_steps', 'step_observation_completed'),
    },
    skill_discovery: {
      start: start('skill_discovery_started', { search_path: '/skills' }),
      end: end('skill_discovery_completed', { search_path: '/skills', skills_found: 2, skill_names: ['pdf', 'csv'] }),
    },
    checkpoint: {
      start: start('checkpoint_started', { location: '/data', provider: 'local', trigger: 'task' }),
      end: end('checkpoint_failed', { location: '/data', provider: 'local', error: 'OSError: disk full' }),
    },
    context_window_summarization: {
      start: start('context_window_summarization_started', { model: 'gpt-4o' }),
      end: end('context_window_summarization_completed', { model: 'gpt-4o' }),
    },
    conversation_turn: {
      start: start('conversation_turn_started', { flow_name: 'Chat', session_id: 's-1' }),
      end: end('conversation_turn_completed', { flow_name: 'Chat', session_id: 's-1' }),
    },
  },
  custom: {
    completed: {
      start: recordedFirst('16_custom_events', 'order_lookup_started'),
      end: recordedFirst('16_custom_events', 'order_lookup_completed'),
    },
    failed: {
      start: start('order_lookup_started', { order_id: 'o-1', tries: 2 }),
      end: end('order_lookup_failed', { order_id: 'o-1', error: 'no such order' }),
    },
  },
};

function recordedFirst(name: string, type: string): IncomingEvent {
  const found = recorded(name).find(event => event.type === type);
  if (found === undefined) throw new Error(`${name} has no ${type}`);
  return found;
}
