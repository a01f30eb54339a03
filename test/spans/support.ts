/** Operations made by hand, described and built as the service does it, for tests of spans. */
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { Outcome, PlacedEvent, SettledOperation } from '../../src/assembly/settled.ts';
import type { OperationKind } from '../../src/crewai/catalogue.ts';
import type { IncomingEvent } from '../../src/crewai/event.ts';
import { readFacts } from '../../src/crewai/read-facts.ts';
import { createSpanBuilder } from '../../src/spans/build.ts';
import { createDescriber } from '../../src/spans/describe.ts';
import type { EventDetail } from '../../src/spans/detail.ts';
import type { SpanSettings } from '../../src/spans/settings.ts';

export const SETTINGS: SpanSettings = {
  captureContent: false,
  attributeValueLengthLimit: Number.POSITIVE_INFINITY,
  contentLengthLimit: 32_768,
  attributeCountLimit: 128,
  eventCountLimit: 128,
  linkCountLimit: 128,
  traceContext: 'link',
  resourceAttributes: { 'service.name': 'crewai' },
};

export const WITH_CONTENT: SpanSettings = { ...SETTINGS, captureContent: true };

export const EXECUTION = '0b6f3b0e-6f0e-4d0e-8f6e-0a4b1c2d3e4f';
const NOON = 1_795_435_200_000_000;

let count = 0;

/** An event, one second after the one before. */
export function event(type: string, data: unknown = {}, overrides: Partial<IncomingEvent> = {}): IncomingEvent {
  count++;
  return { id: `event-${count}`, executionId: EXECUTION, type, time: NOON + count * 1_000_000, data, ...overrides };
}

export interface Given {
  readonly start?: IncomingEvent;
  readonly end?: IncomingEvent;
  readonly marks?: readonly IncomingEvent[];
  readonly operation?: Partial<SettledOperation<EventDetail>>;
}

function place(incoming: IncomingEvent, settings: SpanSettings): PlacedEvent<EventDetail> {
  const detail = createDescriber(settings)(incoming, readFacts(incoming));
  return { id: readFacts(incoming).id, type: incoming.type, time: incoming.time, detail };
}

export function settle(
  { start, end, marks = [], operation }: Given,
  settings: SpanSettings,
): SettledOperation<EventDetail> {
  const first = start ?? end;
  if (first === undefined) throw new Error('an operation has a start or an end');
  const startTime = first.time;
  const endTime = Math.max(startTime, (end ?? first).time);
  return {
    source: 'default',
    executionId: first.executionId,
    id: readFacts(first).id,
    kind: kindOf(first),
    start: start && place(start, settings),
    end: end && place(end, settings),
    startTime,
    endTime,
    clamped: false,
    outcome: outcomeOf(end),
    incomplete: start === undefined ? 'no_start' : end === undefined ? 'no_end' : undefined,
    parentId: 'parent',
    parentCertainty: 'exact',
    pairing: 'exact',
    context: definedOf({ ...(end && readFacts(end).context) }, { ...(start && readFacts(start).context) }),
    marks: marks.map(mark => place(mark, settings)),
    chunks: undefined,
    links: [],
    insideTool: false,
    caller: undefined,
    why: { parent: [], end: [] },
    calls: { llm: 0, tool: 0 },
    tally: undefined,
    ...operation,
  };
}

export function build(given: Given, settings: SpanSettings = SETTINGS): ReadableSpan {
  return createSpanBuilder(settings)(settle(given, settings));
}

export function kindOf(incoming: IncomingEvent): OperationKind {
  const { role } = readFacts(incoming);
  if (role.is !== 'start' && role.is !== 'end') throw new Error(`${incoming.type} belongs to no operation`);
  return role.kind;
}

function outcomeOf(end: IncomingEvent | undefined): Outcome {
  if (end === undefined) return 'open';
  const { role } = readFacts(end);
  return role.is === 'end' ? role.outcome : 'open';
}

function definedOf<T extends object>(...layers: readonly T[]): T {
  const entries = layers.flatMap(layer => Object.entries(layer).filter(([, value]) => value !== undefined));
  return Object.fromEntries(entries) as T;
}

/** A span as a golden file shows it: all that a backend would show, without ids and times that say nothing. */
export function shown(span: ReadableSpan): object {
  const { code, message } = span.status;
  return {
    name: span.name,
    kind: SpanKind[span.kind],
    status: message === undefined ? SpanStatusCode[code] : `${SpanStatusCode[code]}: ${message}`,
    attributes: span.attributes,
    events: span.events.map(({ name, attributes }) => ({ name, attributes })),
  };
}

/** Everything of a span that leaves the process, as one text. */
export function everything(span: ReadableSpan): string {
  return JSON.stringify([span.name, span.status, span.attributes, span.events, span.links]);
}

/** Lists within lists, and objects within them. */
export function nested(depth: number): unknown {
  let value: unknown = 'the deepest';
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { inside: value };
  return value;
}
