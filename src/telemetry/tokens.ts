/** The tokens of an LLM call, by whom and for whom: read from a settled operation. */
import type { SettledOperation } from '../assembly/settled.ts';
import { UNKNOWN_PROVIDER } from '../crewai/provider.ts';
import { GEN_AI } from '../spans/attributes.ts';
import type { EventDetail } from '../spans/detail.ts';
import { type SheetValues, valueIn } from '../spans/sheet.ts';

/** `cached` is part of `input`, `reasoning` part of `output`, as in the GenAI conventions. */
export type TokenType = 'input' | 'output' | 'cached' | 'reasoning';

export interface TokenUse {
  readonly labels: {
    readonly model: string | undefined;
    readonly provider: string;
    readonly crew: string | undefined;
    readonly agent_role: string | undefined;
  };
  readonly counts: ReadonlyMap<TokenType, number>;
}

const ATTRIBUTES: readonly (readonly [TokenType, string])[] = [
  ['input', GEN_AI.usageInputTokens],
  ['output', GEN_AI.usageOutputTokens],
  ['cached', GEN_AI.usageCacheReadInputTokens],
  ['reasoning', GEN_AI.usageReasoningOutputTokens],
];

/**
 * `undefined` for what is no LLM call or says nothing of its tokens. Read from what is kept of the events, not from the
 * span: a limit on its attributes must not change what is counted.
 */
export function tokenUseOf({ kind, start, end, context }: SettledOperation<EventDetail>): TokenUse | undefined {
  if (kind.family !== 'llm' || end === undefined) return undefined;
  const counts = new Map<TokenType, number>();
  for (const [type, attribute] of ATTRIBUTES) {
    const count = valueIn(end.detail.values, attribute);
    if (typeof count === 'number' && count > 0) counts.set(type, count);
  }
  if (counts.size === 0) return undefined;
  const about = (name: string): string | undefined =>
    textIn(start?.detail.values, name) ?? textIn(end.detail.values, name);
  return {
    labels: {
      model: about(GEN_AI.requestModel),
      provider: about(GEN_AI.providerName) ?? UNKNOWN_PROVIDER,
      crew: context.crewName,
      agent_role: context.agentRole,
    },
    counts,
  };
}

function textIn(values: SheetValues | undefined, name: string): string | undefined {
  const value = values && valueIn(values, name);
  return typeof value === 'string' ? value : undefined;
}
