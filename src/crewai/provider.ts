/**
 * Which provider serves a model, by the way CrewAI and LiteLLM write it: `provider/model`, or a bare name that gives
 * its maker away. The values are those of `gen_ai.provider.name` in the GenAI semantic conventions; where these know
 * none, the prefix itself.
 */

/** What a model string says of itself. */
export interface ModelName {
  /** For `gen_ai.provider.name`. */
  readonly provider: string;
  /** For `gen_ai.request.model`: the string without a routing prefix that is known to be one. */
  readonly model: string;
}

/** Stands where the provider cannot be told. */
export const UNKNOWN_PROVIDER = '_OTHER';

/** Provider → the routing prefixes that lead to it. */
const PREFIXES_OF: Readonly<Record<string, readonly string[]>> = {
  openai: ['openai', 'custom_openai', 'text-completion-openai'],
  'azure.ai.openai': ['azure', 'azure_openai'],
  'azure.ai.inference': ['azure_ai'],
  anthropic: ['anthropic', 'claude'],
  'gcp.gemini': ['gemini', 'google'],
  'gcp.vertex_ai': ['vertex_ai', 'vertex_ai_beta'],
  'aws.bedrock': ['bedrock', 'aws', 'bedrock_converse'],
  moonshot_ai: ['moonshot'],
  groq: ['groq'],
  mistral_ai: ['mistral', 'codestral'],
  cohere: ['cohere', 'cohere_chat'],
  deepseek: ['deepseek'],
  perplexity: ['perplexity'],
  x_ai: ['xai'],
  'ibm.watsonx.ai': ['watsonx', 'watsonx_text'],
  ollama: ['ollama', 'ollama_chat'],
};

/** Prefixes that are a provider of their own, under the same name. */
const SAME_NAME = [
  'openrouter',
  'together_ai',
  'fireworks_ai',
  'huggingface',
  'nvidia_nim',
  'hosted_vllm',
  'cerebras',
  'dashscope',
  'snowflake',
  'deepinfra',
  'sambanova',
  'litellm_proxy',
];

const BY_PREFIX: ReadonlyMap<string, string> = new Map([
  ...Object.entries(PREFIXES_OF).flatMap(([provider, prefixes]) =>
    prefixes.map((prefix): [string, string] => [prefix, provider]),
  ),
  ...SAME_NAME.map((name): [string, string] => [name, name]),
]);

/**
 * Bedrock names a model by its maker, perhaps after the region that it is routed in. Looked at before a prefix is split
 * off: an ARN has slashes of its own.
 */
const BEDROCK =
  /^(?:(?:(?:us|us-gov|ca|jp|au|global)\.)?(?:ai21|amazon|anthropic|cohere|deepseek|meta|mistral|openai|qwen|writer)\.|(?:eu|apac)\.|arn:aws[\w-]*:bedrock)/;

const BY_PATTERN: readonly (readonly [pattern: RegExp, provider: string])[] = [
  [/^(?:gpt-|o[134]|chatgpt-|text-embedding-)/, 'openai'],
  [/^claude-/, 'anthropic'],
  [/^(?:gemini|gemma)-/, 'gcp.gemini'],
  [/^(?:mistral|codestral|ministral)/, 'mistral_ai'],
  [/^command-/, 'cohere'],
  [/^deepseek-/, 'deepseek'],
  [/^grok-/, 'x_ai'],
  [/^sonar/, 'perplexity'],
];

/** Reads a model string as CrewAI sends it. A prefix that is not known names the provider, and stays on the model. */
export function readModelName(text: string): ModelName {
  const lower = text.toLowerCase();
  if (BEDROCK.test(lower)) return { provider: 'aws.bedrock', model: text };
  const slash = text.indexOf('/');
  if (slash > 0) {
    const prefix = lower.slice(0, slash);
    const provider = BY_PREFIX.get(prefix);
    const rest = text.slice(slash + 1);
    return provider === undefined || rest === ''
      ? { provider: provider ?? prefix, model: text }
      : { provider, model: rest };
  }
  const provider = BY_PATTERN.find(([pattern]) => pattern.test(lower))?.[1] ?? UNKNOWN_PROVIDER;
  return { provider, model: text };
}

const FINISH_ALIASES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    stop: ['end_turn', 'stop_sequence', 'completed'],
    length: ['max_tokens', 'incomplete'],
    content_filter: ['safety', 'refusal', 'content_filtered', 'guardrail_intervened'],
    tool_call: ['tool_calls', 'tool_use', 'function_call'],
  }).flatMap(([reason, aliases]) => aliases.map((alias): [string, string] => [alias, reason])),
);

/**
 * A provider's finish reason as the value of `gen_ai.response.finish_reasons`. Providers write it in either case; one
 * that is not known is passed on in lower case.
 */
export function normalizeFinishReason(reason: string): string {
  const lower = reason.trim().toLowerCase();
  return FINISH_ALIASES.get(lower) ?? lower;
}
