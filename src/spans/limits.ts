/** OpenTelemetry's limits on how much a span may carry (specification, "Span Limits"). What is left out is counted. */
import type { Attributes, AttributeValue } from '@opentelemetry/api';
import type { NamedValues } from './named-values.ts';
import { isCut } from './sheet.ts';

export interface LimitedAttributes {
  readonly attributes: Attributes;
  readonly dropped: number;
}

/**
 * Writes values out in their order, each cut one followed by what marks it as such, as CrewAI's own exporter does. An
 * object that was given twenty names one by one is a hash table to V8, which the serialiser is slow to go through; a copy
 * of it is none.
 */
export function limitAttributes(values: NamedValues, limit: number): LimitedAttributes {
  if (fits(values, limit)) return { attributes: { ...values }, dropped: 0 };
  const attributes: Attributes = {};
  let written = 0;
  let dropped = 0;
  const write = (name: string, value: Attributes[string]): void => {
    if (written < limit) {
      attributes[name] = value;
      written++;
    } else dropped++;
  };
  for (const [name, value] of Object.entries(values)) {
    if (!isCut(value)) write(name, value);
    else {
      write(name, value.text);
      write(`${name}.truncated`, true);
      write(`${name}.original_size_bytes`, value.cutFrom);
    }
  }
  return { attributes: { ...attributes }, dropped };
}

/** As a rule nothing is cut and nothing too much: then the values are the attributes. */
function fits(values: NamedValues, limit: number): values is Record<string, AttributeValue> {
  const names = Object.keys(values);
  return names.length <= limit && !names.some(name => isCut(values[name]));
}

export interface Limited<T> {
  readonly kept: T[];
  readonly dropped: number;
}

/** Most spans have no events and no links. */
export const NOTHING: Limited<never> = { kept: [], dropped: 0 };

export function limitItems<T>(items: readonly T[], limit: number): Limited<T> {
  const kept = items.slice(0, limit);
  return { kept, dropped: items.length - kept.length };
}
