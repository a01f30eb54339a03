/**
 * Token usage in the spellings that reach CrewAI's events: its own (OpenAI's names, with what was cached already
 * counted in), and the raw ones of Anthropic, Bedrock and Gemini where a provider class hands them through.
 */
import type { Usage } from './facts.ts';
import { asNumber, asObject, field, type JsonObject } from './readers.ts';

/**
 * The usage of an LLM call's end, from the event's `data`. `undefined` where it says nothing: absent is not zero.
 *
 * Input and output totals follow the GenAI semantic conventions (`gen_ai.usage.*`): input includes what was read from
 * or written to a cache, output includes reasoning.
 */
export function readUsage(data: unknown): Usage | undefined {
  const raw = asObject(field(data, 'usage'));
  if (raw === undefined) return undefined;
  const usage: Usage = {
    input: inputTokens(raw),
    output: firstCount(raw, ['completion_tokens', 'output_tokens', 'candidates_token_count']),
    cacheRead: positive(firstCount(raw, ['cached_prompt_tokens', 'cache_read_input_tokens'])),
    cacheWrite: positive(firstCount(raw, ['cache_creation_tokens', 'cache_creation_input_tokens'])),
    reasoning: positive(firstCount(raw, ['reasoning_tokens'])),
  };
  return Object.values(usage).some(count => count !== undefined) ? usage : undefined;
}

/**
 * Anthropic's raw `input_tokens` counts only what was neither read from nor written to the cache, so the three are
 * summed. CrewAI's own `cached_prompt_tokens` is part of the total next to it already.
 */
function inputTokens(raw: JsonObject): number | undefined {
  const total = count(raw, 'prompt_tokens');
  if (total !== undefined) return total;
  const uncached = count(raw, 'input_tokens');
  if (uncached === undefined) return count(raw, 'prompt_token_count');
  return uncached + (count(raw, 'cache_read_input_tokens') ?? 0) + (count(raw, 'cache_creation_input_tokens') ?? 0);
}

function firstCount(raw: JsonObject, keys: readonly string[]): number | undefined {
  for (const key of keys) {
    const value = count(raw, key);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** A number of tokens: whole, never negative, and none that would swallow whatever it is added to. */
function count(raw: JsonObject, key: string): number | undefined {
  const value = Math.round(asNumber(field(raw, key)) ?? Number.NaN);
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function positive(value: number | undefined): number | undefined {
  return value === undefined || value === 0 ? undefined : value;
}
