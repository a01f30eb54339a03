/**
 * Token usage in the spellings that reach CrewAI's events: its own (OpenAI's names, with what was cached already
 * counted in), and those of Anthropic, Bedrock, Gemini and LiteLLM where a provider class hands them through.
 */
import type { Usage } from './facts.ts';
import { asNumber, asObject, field, type JsonObject } from './readers.ts';

/** What stands beside `input_tokens` (Anthropic) and `inputTokens` (Bedrock's Converse), and is no part of it. */
const READ_BESIDE = ['cache_read_input_tokens', 'cacheReadInputTokens', 'cacheReadInputTokenCount'];
const WRITTEN_BESIDE = ['cache_creation_input_tokens', 'cacheWriteInputTokens', 'cacheWriteInputTokenCount'];
const READ = ['cached_prompt_tokens', ...READ_BESIDE];
const WRITTEN = ['cache_creation_tokens', ...WRITTEN_BESIDE];

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
    output: outputTokens(raw),
    cacheRead: positive(firstCount(raw, READ) ?? detail(raw, 'prompt_tokens_details', 'cached_tokens')),
    cacheWrite: positive(firstCount(raw, WRITTEN)),
    reasoning: positive(reasoningTokens(raw)),
  };
  return Object.values(usage).some(count => count !== undefined) ? usage : undefined;
}

/**
 * Under their own names, Anthropic and Bedrock count only what was neither read from nor written to the cache, so the
 * three are summed. Under CrewAI's names what was cached is part of the total; but for Anthropic CrewAI left it out up to
 * 1.15.12, which shows where the part is larger than the whole.
 */
function inputTokens(raw: JsonObject): number | undefined {
  const total = firstCount(raw, ['prompt_tokens', 'prompt_token_count']);
  if (total !== undefined) return total;
  const given = firstCount(raw, ['input_tokens', 'inputTokens']);
  if (given === undefined) return undefined;
  const beside = (firstCount(raw, READ_BESIDE) ?? 0) + (firstCount(raw, WRITTEN_BESIDE) ?? 0);
  if (beside > 0) return given + beside;
  const cached = (count(raw, 'cached_prompt_tokens') ?? 0) + (count(raw, 'cache_creation_tokens') ?? 0);
  return cached > given ? given + cached : given;
}

/** Gemini's candidates leave out what it thought; CrewAI adds that itself since 1.14.5. */
function outputTokens(raw: JsonObject): number | undefined {
  const total = firstCount(raw, ['completion_tokens', 'output_tokens', 'outputTokens']);
  if (total !== undefined) return total;
  const candidates = count(raw, 'candidates_token_count');
  return candidates === undefined ? undefined : candidates + (reasoningTokens(raw) ?? 0);
}

function reasoningTokens(raw: JsonObject): number | undefined {
  return count(raw, 'reasoning_tokens') ?? detail(raw, 'completion_tokens_details', 'reasoning_tokens');
}

/** LiteLLM leaves parts of a total in an object beside it. */
function detail(raw: JsonObject, details: string, key: string): number | undefined {
  const object = asObject(field(raw, details));
  return object && count(object, key);
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
