/** About how much of the heap an event takes up until its span is built. */
import type { EventDetail } from './detail.ts';
import type { SheetValue, SheetValues } from './sheet.ts';

/**
 * Of an event with what assembly keeps around it, without its detail, in bytes: of one that starts an operation, as those
 * that end one are soon let go. `test/spans/weight.test.ts` holds it against what the heap grows by.
 */
const EVENT_BYTES = 1_200;
/** Of an attribute, beside its text: its place in the list, and the header of a string. */
const ATTRIBUTE_BYTES = 48;

export function weighEvent({ values, fault, events }: EventDetail): number {
  let bytes = EVENT_BYTES + weighValues(values);
  if (fault !== undefined) bytes += 4 * ATTRIBUTE_BYTES + (fault.message?.text.length ?? 0);
  for (const event of events) bytes += weighValues(event.values);
  return bytes;
}

function weighValues(values: SheetValues): number {
  let bytes = 0;
  for (let at = 1; at < values.length; at += 2) bytes += ATTRIBUTE_BYTES + weighValue(values[at]);
  return bytes;
}

function weighValue(value: SheetValue | undefined): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object') return 0;
  if ('text' in value) return value.text.length;
  return value.reduce<number>((sum, item) => sum + (typeof item === 'string' ? item.length : 0), 0);
}
