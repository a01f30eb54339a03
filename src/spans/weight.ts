/** About how much of the heap an event takes up until its span is built. */
import type { Context, EventFacts } from '../crewai/facts.ts';
import type { EventDetail } from './detail.ts';
import type { SheetValue, SheetValues } from './sheet.ts';

/**
 * Of an event with what assembly keeps around it, without its detail, in bytes: of one that starts an operation, as those
 * that end one are soon let go. `test/spans/weight.test.ts` holds it against what the heap grows by.
 */
const EVENT_BYTES = 1_200;
/** Of an attribute, beside its text: its place in the list, and the header of a string. */
const ATTRIBUTE_BYTES = 48;

/** Of the texts that assembly decides by, what events have as a rule: it is part of the above. */
const USUAL_TEXT = 512;
const NUMBER_BYTES = 8;

export function weighEvent(facts: EventFacts, { values, fault, events }: EventDetail): number {
  let bytes = EVENT_BYTES + weighFacts(facts) + weighValues(values);
  if (fault !== undefined) bytes += 4 * ATTRIBUTE_BYTES + (fault.message?.text.length ?? 0);
  for (const event of events) bytes += weighValues(event.values);
  return bytes;
}

/** What it has beyond the usual. */
function weighFacts(facts: EventFacts): number {
  const { id, parentId, startedId, callId, previousId, subject, fields, messages, context } = facts;
  const ids = id.length + lengthOf(parentId) + lengthOf(startedId) + lengthOf(callId) + lengthOf(previousId);
  let bytes = ids + lengthOf(subject) + weighContext(context);
  if (messages !== undefined) bytes += NUMBER_BYTES * messages.length;
  for (const key in fields) bytes += 2 * ATTRIBUTE_BYTES + key.length + lengthOf(fields[key]);
  return Math.max(0, bytes - USUAL_TEXT);
}

/** Those that are long, once each: events that say the same share one. */
const weighed = new WeakSet<Context>();

function weighContext(context: Context): number {
  const { crewName, flowName, taskId, taskName, agentId, agentRole, agentKey, conversationId } = context;
  const names = lengthOf(crewName) + lengthOf(flowName) + lengthOf(taskName) + lengthOf(agentRole);
  const bytes = names + lengthOf(taskId) + lengthOf(agentId) + lengthOf(agentKey) + lengthOf(conversationId);
  if (bytes <= USUAL_TEXT) return bytes;
  if (weighed.has(context)) return 0;
  weighed.add(context);
  return bytes;
}

function lengthOf(text: string | undefined): number {
  return text === undefined ? 0 : text.length;
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
