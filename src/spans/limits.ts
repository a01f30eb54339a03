/** OpenTelemetry's limits on how much a span may carry (specification, "Span Limits"). What is left out is counted. */
import type { Attributes } from '@opentelemetry/api';
import { isCut, type SheetValues } from './sheet.ts';

export interface LimitedAttributes {
  readonly attributes: Attributes;
  readonly dropped: number;
}

/** Writes values out in their order, each cut one followed by what marks it as such, as CrewAI's own exporter does. */
export function limitAttributes(values: SheetValues, limit: number): LimitedAttributes {
  const attributes: Attributes = {};
  let written = 0;
  let dropped = 0;
  const write = (name: string, value: Attributes[string]): void => {
    if (written < limit) {
      attributes[name] = value;
      written++;
    } else dropped++;
  };
  for (const [name, value] of values) {
    if (!isCut(value)) write(name, value);
    else {
      write(name, value.text);
      write(`${name}.truncated`, true);
      write(`${name}.original_size_bytes`, value.cutFrom);
    }
  }
  return { attributes, dropped };
}

export interface Limited<T> {
  readonly kept: T[];
  readonly dropped: number;
}

export function limitItems<T>(items: readonly T[], limit: number): Limited<T> {
  const kept = items.slice(0, limit);
  return { kept, dropped: items.length - kept.length };
}
