/** Attributes on their way onto a span: by name, in the order in which the names came; of each the last value counts. */
import type { Attributes } from '@opentelemetry/api';
import type { SpanSettings } from './settings.ts';
import { plainText, type SheetValue, type SheetValues } from './sheet.ts';

export type NamedValues = Record<string, SheetValue>;

export function byName(values: SheetValues): NamedValues {
  const named: NamedValues = {};
  setAll(named, values);
  return named;
}

/** Those of `values` from one place in it to another. */
export function setAll(named: NamedValues, values: SheetValues, from = 0, to = values.length): void {
  for (let at = from; at < to; at += 2) {
    const name = values[at];
    const value = values[at + 1];
    if (typeof name === 'string' && value !== undefined) named[name] = value;
  }
}

/** A string that is no content. */
export function setText(named: NamedValues, name: string, value: string | undefined, settings: SpanSettings): void {
  const text = value === undefined ? undefined : plainText(value, settings);
  if (text !== undefined) named[name] = text;
}

/** `undefined` takes a value away. */
export function setPlain(named: NamedValues, attributes: Attributes): void {
  for (const name in attributes) {
    const value = attributes[name];
    if (value !== undefined) named[name] = value;
    else if (name in named) delete named[name];
  }
}
