import { describe, expect, test } from 'vitest';
import { readUsage } from '../../src/crewai/usage.ts';

/** What is read, without what is absent. */
function read(usage: unknown): unknown {
  const found = readUsage({ usage });
  return found && Object.fromEntries(Object.entries(found).filter(([, count]) => count !== undefined));
}

describe('the spellings of token usage', () => {
  test.each([
    [
      'CrewAI and OpenAI, what was cached being counted in already',
      { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120, cached_prompt_tokens: 60, reasoning_tokens: 5 },
      { input: 100, output: 20, cacheRead: 60, reasoning: 5 },
    ],
    [
      'zeros of CrewAI, of which only the totals say something',
      { prompt_tokens: 67, completion_tokens: 0, cached_prompt_tokens: 0, reasoning_tokens: 0 },
      { input: 67, output: 0 },
    ],
    [
      'raw Anthropic, whose input leaves out what was cached',
      { input_tokens: 10, output_tokens: 7, cache_read_input_tokens: 200, cache_creation_input_tokens: 30 },
      { input: 240, output: 7, cacheRead: 200, cacheWrite: 30 },
    ],
    [
      'raw Anthropic with only a read',
      { input_tokens: 10, cache_read_input_tokens: 200 },
      { input: 210, cacheRead: 200 },
    ],
    [
      'raw Anthropic with only a write',
      { input_tokens: 10, cache_creation_input_tokens: 30 },
      { input: 40, cacheWrite: 30 },
    ],
    ['what was cached, without a total to add it to', { cache_read_input_tokens: 200 }, { cacheRead: 200 }],
    ['raw Anthropic without a cache', { input_tokens: 10, output_tokens: 7 }, { input: 10, output: 7 }],
    [
      "Anthropic's total under CrewAI's name is not summed again",
      { prompt_tokens: 240, input_tokens: 10, cache_read_input_tokens: 200, completion_tokens: 7 },
      { input: 240, output: 7, cacheRead: 200 },
    ],
    [
      'CrewAI for Anthropic',
      { input_tokens: 240, output_tokens: 7, cached_prompt_tokens: 200, cache_creation_tokens: 30 },
      { input: 240, output: 7, cacheRead: 200, cacheWrite: 30 },
    ],
    [
      'CrewAI for Anthropic up to 1.15.12, which left out what was cached',
      { input_tokens: 50, output_tokens: 100, total_tokens: 150, cached_prompt_tokens: 200, cache_creation_tokens: 30 },
      { input: 280, output: 100, cacheRead: 200, cacheWrite: 30 },
    ],
    [
      'CrewAI for Anthropic up to 1.15.12 with only a read',
      { input_tokens: 50, cached_prompt_tokens: 200 },
      { input: 250, cacheRead: 200 },
    ],
    [
      'CrewAI for Anthropic up to 1.15.12 with only a write',
      { input_tokens: 50, cache_creation_tokens: 200 },
      { input: 250, cacheWrite: 200 },
    ],
    [
      'CrewAI for Anthropic where all of the input was cached',
      { input_tokens: 200, cached_prompt_tokens: 200 },
      { input: 200, cacheRead: 200 },
    ],
    [
      'Bedrock',
      { inputTokens: 10, outputTokens: 7, totalTokens: 247, cacheReadInputTokens: 200, cacheWriteInputTokens: 30 },
      { input: 240, output: 7, cacheRead: 200, cacheWrite: 30 },
    ],
    ['Bedrock without a cache', { inputTokens: 10, outputTokens: 7, totalTokens: 17 }, { input: 10, output: 7 }],
    [
      'Bedrock by the other name of what was cached',
      { inputTokens: 10, outputTokens: 7, cacheReadInputTokenCount: 5, cacheWriteInputTokenCount: 0 },
      { input: 15, output: 7, cacheRead: 5 },
    ],
    [
      'LiteLLM, with the parts of a total in an object of their own',
      {
        prompt_tokens: 100,
        completion_tokens: 20,
        prompt_tokens_details: { cached_tokens: 60 },
        completion_tokens_details: { reasoning_tokens: 5 },
      },
      { input: 100, output: 20, cacheRead: 60, reasoning: 5 },
    ],
    [
      'details that are none',
      { prompt_tokens: 100, prompt_tokens_details: null, completion_tokens_details: 'x' },
      { input: 100 },
    ],
    [
      'Gemini, whose candidates leave out what it thought',
      { prompt_token_count: 11, candidates_token_count: 3, total_token_count: 20, reasoning_tokens: 6 },
      { input: 11, output: 9, reasoning: 6 },
    ],
    [
      'CrewAI for Gemini, with both',
      { prompt_token_count: 11, candidates_token_count: 3, completion_tokens: 9, reasoning_tokens: 6 },
      { input: 11, output: 9, reasoning: 6 },
    ],
    ['Gemini', { prompt_token_count: 11, candidates_token_count: 3, total_token_count: 14 }, { input: 11, output: 3 }],
    ['numbers written as text', { prompt_tokens: '12', completion_tokens: '3' }, { input: 12, output: 3 }],
    ['null is absent', { prompt_tokens: null, input_tokens: 4, completion_tokens: null }, { input: 4 }],
    ['what is no number of tokens', { prompt_tokens: -1, completion_tokens: 'many', reasoning_tokens: {} }, undefined],
    ['more tokens than can be counted', { prompt_tokens: 1e300, completion_tokens: 3 }, { output: 3 }],
    ['nothing', {}, undefined],
  ])('%s', (_, usage, expected) => {
    expect(read(usage)).toEqual(expected);
  });

  test.each([[undefined], [null], ['usage'], [[]], [{}], [{ usage: null }], [{ usage: [1] }]])(
    'data %j has none',
    data => {
      expect(readUsage(data)).toBeUndefined();
    },
  );
});
