import { describe, expect, it } from 'vitest';
import { createMetrics, MAX_TOKEN_SETS } from '../../src/telemetry/metrics.ts';
import { tokenUseOf } from '../../src/telemetry/tokens.ts';
import { event, type Given, SETTINGS, settle } from '../spans/support.ts';
import { readScrape } from './scrape.ts';

function call(usage: unknown, data: Readonly<Record<string, unknown>> = {}, end: object = {}): Given {
  return {
    start: event('llm_call_started', { model: 'openai/gpt-4o', agent_role: 'Writer', crew_name: 'books', ...data }),
    end: event('llm_call_completed', { usage, ...end }),
  };
}

const USAGE = { prompt_tokens: 100, completion_tokens: 20, cached_prompt_tokens: 60, reasoning_tokens: 5 };

describe('the tokens of a settled operation', () => {
  it('are those of an LLM call, by model, provider, crew and agent', () => {
    expect(tokenUseOf(settle(call(USAGE), SETTINGS))).toEqual({
      labels: { model: 'gpt-4o', provider: 'openai', crew: 'books', agent_role: 'Writer' },
      counts: new Map([
        ['input', 100],
        ['output', 20],
        ['cached', 60],
        ['reasoning', 5],
      ]),
    });
  });

  it('are counted whatever a span may carry', () => {
    const few = { ...SETTINGS, attributeCountLimit: 1 };
    expect(tokenUseOf(settle(call(USAGE), few))?.counts.get('input')).toBe(100);
  });

  it('are read from the end where no start came, and may be of nobody known', () => {
    const end = event('llm_call_completed', { usage: { prompt_tokens: 7 } });
    expect(tokenUseOf(settle({ end }, SETTINGS))).toEqual({
      labels: { model: undefined, provider: '_OTHER', crew: undefined, agent_role: undefined },
      counts: new Map([['input', 7]]),
    });
  });

  it('are none where nothing is said of them, and none of a crew, whose sums would count them twice', () => {
    expect(tokenUseOf(settle(call(undefined), SETTINGS))).toBeUndefined();
    expect(tokenUseOf(settle(call({ prompt_tokens: 0 }), SETTINGS))).toBeUndefined();
    const crew: Given = {
      start: event('crew_kickoff_started', {}),
      end: event('crew_kickoff_completed', { usage: USAGE, total_tokens: 120 }),
    };
    expect(tokenUseOf(settle(crew, SETTINGS))).toBeUndefined();
  });
});

describe('crewspan_tokens_total', () => {
  it('has no more series than its cap allows, and loses no token to it', async () => {
    const metrics = createMetrics({ sources: [], everythingSubscribed: true });
    const calls = Array.from({ length: MAX_TOKEN_SETS + 50 }, (_, index) =>
      call(USAGE, { crew_name: `crew-${index}` }),
    );
    metrics.service({
      type: 'settled',
      step: {
        operations: calls.map(given => settle(given, SETTINGS)),
        skeletons: [],
        open: [],
        released: [],
        leftovers: [],
        left: [],
      },
    });
    const { text, errors } = await metrics.scrape();
    await metrics.close();
    const scrape = readScrape(text);
    const series = scrape.samples.filter(({ name }) => name === 'crewspan_tokens_total');
    expect(errors).toEqual([]);
    expect(series).toHaveLength(4 * (MAX_TOKEN_SETS + 1));
    const input = (labels: Readonly<Record<string, string>>) =>
      scrape.value('crewspan_tokens_total', { token_type: 'input', ...labels });
    expect(input({})).toBe(100 * calls.length);
    expect(input({ model: '_other', provider: '_other', crew: '_other', agent_role: '_other' })).toBe(100 * 50);
    // Of the SDK's own, for what is beyond a limit of its own: nothing may get there.
    expect(text).not.toContain('otel_metric_overflow');
  });
});
