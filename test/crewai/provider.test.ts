import { describe, expect, test } from 'vitest';
import { normalizeFinishReason, readModelName } from '../../src/crewai/provider.ts';

describe('a routing prefix', () => {
  test.each([
    ['openai/gpt-4o', 'openai', 'gpt-4o'],
    ['custom_openai/x', 'openai', 'x'],
    ['text-completion-openai/x', 'openai', 'x'],
    ['azure/my-deployment', 'azure.ai.openai', 'my-deployment'],
    ['azure_openai/d', 'azure.ai.openai', 'd'],
    ['azure_ai/d', 'azure.ai.inference', 'd'],
    ['anthropic/claude-sonnet-4', 'anthropic', 'claude-sonnet-4'],
    ['claude/claude-3', 'anthropic', 'claude-3'],
    ['gemini/gemini-2.0-flash', 'gcp.gemini', 'gemini-2.0-flash'],
    ['google/gemini-2.0-flash', 'gcp.gemini', 'gemini-2.0-flash'],
    ['vertex_ai/gemini-pro', 'gcp.vertex_ai', 'gemini-pro'],
    ['vertex_ai_beta/gemini-pro', 'gcp.vertex_ai', 'gemini-pro'],
    ['bedrock/anthropic.claude-v2', 'aws.bedrock', 'anthropic.claude-v2'],
    ['aws/nova', 'aws.bedrock', 'nova'],
    ['bedrock_converse/nova', 'aws.bedrock', 'nova'],
    ['moonshot/kimi', 'moonshot_ai', 'kimi'],
    ['groq/llama-3.3-70b', 'groq', 'llama-3.3-70b'],
    ['mistral/mistral-large', 'mistral_ai', 'mistral-large'],
    ['codestral/codestral-latest', 'mistral_ai', 'codestral-latest'],
    ['cohere/command-r', 'cohere', 'command-r'],
    ['cohere_chat/command-r', 'cohere', 'command-r'],
    ['deepseek/deepseek-chat', 'deepseek', 'deepseek-chat'],
    ['perplexity/sonar', 'perplexity', 'sonar'],
    ['xai/grok-3', 'x_ai', 'grok-3'],
    ['watsonx/ibm/granite', 'ibm.watsonx.ai', 'ibm/granite'],
    ['watsonx_text/granite', 'ibm.watsonx.ai', 'granite'],
    ['ollama/llama3', 'ollama', 'llama3'],
    ['ollama_chat/llama3', 'ollama', 'llama3'],
    ['openrouter/anthropic/claude-3', 'openrouter', 'anthropic/claude-3'],
    ['together_ai/x', 'together_ai', 'x'],
    ['litellm_proxy/x', 'litellm_proxy', 'x'],
    ['OpenAI/gpt-4o', 'openai', 'gpt-4o'],
    ['my-gateway/gpt-4o', 'my-gateway', 'my-gateway/gpt-4o'],
    ['openai/', 'openai', 'openai/'],
  ])('%s', (text, provider, model) => {
    expect(readModelName(text)).toEqual({ provider, model });
  });
});

describe('a bare name', () => {
  test.each([
    ['gpt-4o-mini', 'openai'],
    ['o1-preview', 'openai'],
    ['o3', 'openai'],
    ['o4-mini', 'openai'],
    ['chatgpt-4o-latest', 'openai'],
    ['text-embedding-3-small', 'openai'],
    ['claude-3-5-sonnet', 'anthropic'],
    ['gemini-2.0-flash', 'gcp.gemini'],
    ['gemma-2', 'gcp.gemini'],
    ['anthropic.claude-v2', 'aws.bedrock'],
    ['amazon.nova-pro-v1:0', 'aws.bedrock'],
    ['meta.llama3', 'aws.bedrock'],
    ['us.anthropic.claude-3', 'aws.bedrock'],
    ['eu.amazon.nova', 'aws.bedrock'],
    ['apac.anthropic.claude', 'aws.bedrock'],
    ['arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude', 'aws.bedrock'],
    ['arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:inference-profile/x', 'aws.bedrock'],
    ['global.anthropic.claude-sonnet-4-5-20250929-v1:0', 'aws.bedrock'],
    ['us.meta.llama4-scout-17b-instruct-v1:0', 'aws.bedrock'],
    ['us-gov.anthropic.claude-3', 'aws.bedrock'],
    ['mistral.mistral-large-2402-v1:0', 'aws.bedrock'],
    ['cohere.command-r-plus-v1:0', 'aws.bedrock'],
    ['deepseek.r1-v1:0', 'aws.bedrock'],
    ['ai21.jamba-1-5-large-v1:0', 'aws.bedrock'],
    ['openai.gpt-oss-120b-1:0', 'aws.bedrock'],
    ['mistral-large', 'mistral_ai'],
    ['codestral-latest', 'mistral_ai'],
    ['ministral-8b', 'mistral_ai'],
    ['command-r-plus', 'cohere'],
    ['deepseek-chat', 'deepseek'],
    ['grok-3', 'x_ai'],
    ['sonar-pro', 'perplexity'],
    ['o2-something', '_OTHER'],
    ['llama3', '_OTHER'],
    ['/models/llama.gguf', '_OTHER'],
    ['', '_OTHER'],
  ])('%s', (text, provider) => {
    expect(readModelName(text)).toEqual({ provider, model: text });
  });
});

describe('a finish reason', () => {
  test.each([
    ['stop', 'stop'],
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['completed', 'stop'],
    ['STOP', 'stop'],
    ['length', 'length'],
    ['max_tokens', 'length'],
    ['MAX_TOKENS', 'length'],
    ['incomplete', 'length'],
    ['safety', 'content_filter'],
    ['refusal', 'content_filter'],
    ['content_filtered', 'content_filter'],
    ['guardrail_intervened', 'content_filter'],
    ['content_filter', 'content_filter'],
    ['tool_calls', 'tool_call'],
    ['tool_use', 'tool_call'],
    ['function_call', 'tool_call'],
    ['tool_call', 'tool_call'],
    ['compaction', 'compaction'],
    ['error', 'error'],
    ['Something_New', 'something_new'],
  ])('%s is %s', (reason, expected) => {
    expect(normalizeFinishReason(reason)).toBe(expected);
  });
});
