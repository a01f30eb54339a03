/** Which events' fields go under which names. Looked up by the beginning of the type: the most particular row wins. */
import { CATALOGUE } from '../crewai/catalogue.ts';
import type { Namespace } from './fields.ts';

const STEP = { renamed: { step_number: 'number', step_description: 'description' }, plain: ['tool_to_use'] } as const;

const A2A_PLAIN = [
  'endpoint',
  'a2a_agent_name',
  'context_id',
  'message_id',
  'skill_id',
  'skill_name',
  'status',
  'state',
  'protocol_version',
  'artifact_id',
  'artifact_name',
  'mime_type',
  'auth_type',
  'error_type',
  'operation',
  'negotiated_transport',
  'source',
] as const;

const ROWS: readonly (readonly [typePrefix: string, namespace: Namespace])[] = [
  [
    'human_feedback',
    { prefix: 'crewai.human_feedback', plain: ['flow_name', 'method_name', 'outcome', 'emit', 'request_id'] },
  ],
  ['flow_input', { prefix: 'crewai.flow_input', plain: ['flow_name', 'method_name'] }],
  ['flow', { prefix: 'crewai.flow', plain: ['flow_name'], renamed: { flow_name: 'name' } }],
  ['conversation', { prefix: 'crewai.conversation', plain: ['flow_name', 'role', 'route', 'previous_intent'] }],
  [
    'tool',
    {
      prefix: 'crewai.tool',
      plain: ['tool_name', 'tool_class', 'agent_key', 'policy'],
      renamed: {
        tool_name: 'name',
        tool_class: 'class',
        tool_args: 'args',
        policy: 'failure.policy',
      },
    },
  ],
  ['plan_', { prefix: 'crewai.plan_step', ...STEP }],
  ['goal_achieved_early', { prefix: 'crewai.plan_step', ...STEP }],
  ['step_observation', { prefix: 'crewai.step_observation', ...STEP }],
  [
    'skill_',
    {
      prefix: 'crewai.skill',
      plain: ['skill_name', 'skill_path', 'search_path', 'skill_names', 'registry_ref', 'version', 'cache_path'],
      renamed: { skill_name: 'name', skill_path: 'path' },
    },
  ],
  [
    'hook_dispatched',
    {
      prefix: 'crewai.hook',
      plain: ['interception_point', 'outcome', 'abort_reason', 'abort_source'],
      renamed: { interception_point: 'point', hook_count: 'count' },
    },
  ],
  ['task_evaluation', { prefix: 'crewai.task', plain: ['evaluation_type'] }],
  [
    'checkpoint',
    {
      prefix: 'crewai.checkpoint',
      plain: [
        'location',
        'provider',
        'trigger',
        'branch',
        'parent_id',
        'checkpoint_id',
        'parent_branch',
        'parent_checkpoint_id',
      ],
    },
  ],
  ['context_window', { prefix: 'crewai.context_window', plain: ['model'] }],
  ['a2a_', { prefix: 'crewai.a2a', plain: A2A_PLAIN, renamed: { a2a_agent_name: 'agent_name' } }],
  ['mcp_', { prefix: 'crewai.mcp', plain: ['slug', 'server_name', 'tool_name', 'transport_type', 'error_type'] }],
  ['agent_logs', { prefix: 'crewai.agent_logs' }],
  ['SIG', { prefix: 'crewai.signal', plain: ['signal_number', 'reason'], renamed: { signal_number: 'number' } }],
];

/** Of an event that CrewAI does not know. */
const CUSTOM: Namespace = { prefix: 'crewai.custom' };

/** A type that CrewAI does not know is the user's own, whatever it begins with: all its strings are content. */
export function namespaceOf(type: string): Namespace {
  if (!CATALOGUE.has(type)) return CUSTOM;
  return ROWS.find(([prefix]) => type.startsWith(prefix))?.[1] ?? CUSTOM;
}
