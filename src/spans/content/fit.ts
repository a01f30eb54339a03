/**
 * Makes lists of content fit an attribute. What remains is whole by itself: texts are cut inside their part, and where
 * that is not enough, whole parts and items are left out, never half of one.
 */
import { type Bounded, leastBytes, toJson, weigh, wholeJson } from '../json.ts';
import type { Message, Part } from './parts.ts';

/** Arguments and results larger than this become text where space is short: a text can be cut, an object cannot. */
const MAX_STRUCTURE_BYTES = 1024;
const SEPARATOR = 1;
const BRACKETS = 2;

/** A conversation in at most `limit` bytes. The latest messages stay: they are what the call was about. */
export function fitMessages(messages: readonly Message[], limit: number): Bounded {
  const whole = wholeJson(messages, limit);
  if (whole !== undefined) return { text: whole, cutFrom: undefined };
  return { text: toJson(latest(messages, limit), limit).text, cutFrom: weigh(messages).bytes };
}

/** A list in at most `limit` bytes. The first items stay. */
export function fitItems(items: readonly unknown[], limit: number): Bounded {
  const whole = wholeJson(items, limit);
  if (whole !== undefined) return { text: whole, cutFrom: undefined };
  return { text: toJson(firstOf(items, limit - BRACKETS).kept, limit).text, cutFrom: weigh(items).bytes };
}

function latest(messages: readonly Message[], limit: number): readonly Message[] {
  const kept: Message[] = [];
  let room = limit - BRACKETS;
  for (let index = messages.length - 1; index >= 0; index--) {
    const message = messages[index];
    if (message === undefined) break;
    const parts = message.parts.map(part => pliable(part, limit));
    const empty = leastBytes(weigh({ ...message, parts: [] })) + SEPARATOR;
    const fitting = firstOf(parts, room - empty);
    if (fitting.kept.length === 0) break;
    kept.unshift({ ...message, parts: fitting.kept });
    room = fitting.room;
    if (fitting.kept.length < parts.length) break;
  }
  return kept;
}

function firstOf<T>(items: readonly T[], room: number): { readonly kept: readonly T[]; readonly room: number } {
  const kept: T[] = [];
  let left = room;
  for (const item of items) {
    const least = leastBytes(weigh(item)) + SEPARATOR;
    if (least > left) break;
    left -= least;
    kept.push(item);
  }
  return { kept, room: left };
}

/** The part with its large structures turned into text. */
function pliable(part: Part, limit: number): Part {
  switch (part.type) {
    case 'tool_call':
      return { ...part, arguments: pliableValue(part.arguments, limit) };
    case 'tool_call_response':
      return { ...part, response: pliableValue(part.response, limit) };
    case 'generic':
      return { ...part, content: pliableValue(part.content, limit) };
    default:
      return part;
  }
}

function pliableValue(value: unknown, limit: number): unknown {
  if (typeof value !== 'object' || value === null || weigh(value).bytes <= MAX_STRUCTURE_BYTES) return value;
  return toJson(value, limit).text;
}
