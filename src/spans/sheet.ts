/**
 * The attributes that one event gives to its span, gathered in order, each bounded as it is put down. What is content
 * (prompts, answers, arguments, results) is put down only where it may leave; its JSON is not even built otherwise.
 */
import type { AttributeValue } from '@opentelemetry/api';
import { asBoolean, asList, asNumber, asText } from '../crewai/readers.ts';
import { shared } from '../crewai/shared-texts.ts';
import { type Bounded, toJson } from './json.ts';
import type { SpanSettings } from './settings.ts';
import { clip, clipBytes, firstLine, isBlank, trimmed } from './text.ts';

/** A value that was too long: what is kept, and the bytes of the whole. */
export interface CutText {
  readonly text: string;
  readonly cutFrom: number;
}

export type SheetValue = AttributeValue | CutText;

/**
 * Names and values in turn, in the order in which they matter: the last go first where there are too many. Of a name
 * that stands twice, the first place counts and the last value. Thousands are held at a time, and a map of a few
 * attributes is several times as large.
 */
export type SheetValues = readonly SheetValue[];

export interface Sheet {
  readonly settings: SpanSettings;
  readonly values: SheetValue[];
}

export const NO_VALUES: SheetValues = [];

export function createSheet(settings: SpanSettings): Sheet {
  return { settings, values: [] };
}

/** What the sheet holds, without the room that a list keeps to grow. */
export function valuesOf({ values }: Sheet): SheetValues {
  return values.length === 0 ? NO_VALUES : values.slice();
}

function put(sheet: Sheet, name: string, value: SheetValue): void {
  sheet.values.push(name, value);
}

export function valueIn(values: SheetValues, name: string): SheetValue | undefined {
  for (let at = values.length - 2; at >= 0; at -= 2) if (values[at] === name) return values[at + 1];
  return undefined;
}

export function isCut(value: SheetValue | undefined): value is CutText {
  return typeof value === 'object' && !Array.isArray(value);
}

/** No name or id is longer. What is, is a text in disguise, and would stay on the heap as long as its span is open. */
const MAX_PLAIN_TEXT = 4096;
const MAX_TEXTS = 128;

/** A string that is no content. */
export function putText(sheet: Sheet, name: string, value: unknown): void {
  const text = plainText(value, sheet.settings);
  if (text !== undefined) put(sheet, name, typeof text === 'string' ? shared(text) : text);
}

/** `undefined` for what has nothing in it. */
export function plainText(value: unknown, settings: SpanSettings): SheetValue | undefined {
  const text = asText(value);
  if (text === undefined || (text.length < MAX_PLAIN_TEXT && isBlank(text))) return undefined;
  const kept = clip(text, plainLimit(settings));
  return kept.length < text.length ? { text: kept, cutFrom: Buffer.byteLength(text) } : kept;
}

/** A name as CrewAI's YAML files leave it: with a line break at its end. */
export function putName(sheet: Sheet, name: string, value: unknown): void {
  putText(sheet, name, nameOf(value));
}

export function nameOf(value: unknown): string | undefined {
  const text = asText(value);
  return text === undefined ? undefined : trimmed(text);
}

export function putNumber(sheet: Sheet, name: string, value: unknown): void {
  const number = asNumber(value);
  if (number !== undefined) put(sheet, name, number);
}

export function putInteger(sheet: Sheet, name: string, value: unknown): void {
  const number = asNumber(value);
  if (number !== undefined) put(sheet, name, Math.round(number));
}

export function putFlag(sheet: Sheet, name: string, value: unknown): void {
  const flag = asBoolean(value);
  if (flag !== undefined) put(sheet, name, flag);
}

/** A list of strings that are no content; one string alone is a list of one. */
export function putTexts(sheet: Sheet, name: string, value: unknown): void {
  const items = typeof value === 'string' ? [value] : asList(value);
  if (items === undefined) return;
  const limit = plainLimit(sheet.settings);
  const texts: string[] = [];
  for (const item of items.slice(0, MAX_TEXTS)) {
    const text = asText(item);
    if (text !== undefined) texts.push(clip(text, limit));
  }
  if (texts.length > 0) put(sheet, name, texts);
}

/** A small value that is no content, as JSON. */
export function putJson(sheet: Sheet, name: string, value: unknown): void {
  if (!isEmpty(value)) putBounded(sheet, name, toJson(value, plainLimit(sheet.settings)));
}

/** Content: a string as it is, anything else as JSON. */
export function putContent(sheet: Sheet, name: string, value: unknown): void {
  const { captureContent, contentLengthLimit } = sheet.settings;
  if (!captureContent || isEmpty(value)) return;
  putBounded(
    sheet,
    name,
    typeof value === 'string' ? boundedText(value, contentLengthLimit) : toJson(value, contentLengthLimit),
  );
}

/** What `build` makes of content, built only where content may leave. It is given the bytes that it may take. */
export function putBuilt(sheet: Sheet, name: string, build: (limit: number) => Bounded | undefined): void {
  if (!sheet.settings.captureContent) return;
  const built = build(sheet.settings.contentLengthLimit);
  if (built !== undefined) putBounded(sheet, name, built);
}

/** An error's text: its first line, or the whole of it where content may leave. */
export function putErrorText(sheet: Sheet, name: string, value: unknown): void {
  const text = asText(value);
  if (text === undefined) return;
  if (sheet.settings.captureContent) putContent(sheet, name, text);
  else putText(sheet, name, firstLine(text));
}

export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && (Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0);
}

export function boundedText(text: string, limit: number): Bounded {
  const kept = clipBytes(text, limit);
  return { text: kept, cutFrom: kept.length < text.length ? Buffer.byteLength(text) : undefined };
}

export function putBounded(sheet: Sheet, name: string, { text, cutFrom }: Bounded): void {
  put(sheet, name, cutFrom === undefined ? text : { text, cutFrom });
}

function plainLimit(settings: SpanSettings): number {
  return Math.min(MAX_PLAIN_TEXT, settings.attributeValueLengthLimit);
}
