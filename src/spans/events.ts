/** A span's events: its exception, what its end reports, and its marks. */
import type { TimedEvent } from '@opentelemetry/sdk-trace-base';
import type { SettledOperation } from '../assembly/settled.ts';
import { STANDARD } from './attributes.ts';
import type { EventDetail } from './detail.ts';
import { type Limited, limitAttributes, limitItems, NOTHING } from './limits.ts';
import { markEvents, TOOL_FAILURE, withId } from './marks.ts';
import { byName } from './named-values.ts';
import type { Fault } from './read-fault.ts';
import type { SpanSettings } from './settings.ts';
import type { SheetValue, SheetValues } from './sheet.ts';
import { toHrTime } from './time.ts';

interface Moment {
  readonly time: number;
  readonly name: string;
  readonly values: SheetValues;
}

/** In order of time. Where there are too many, what the span itself reports is kept before its marks. */
export function spanEvents(
  operation: SettledOperation<EventDetail>,
  fault: Fault | undefined,
  settings: SpanSettings,
): Limited<TimedEvent> {
  const { end, marks } = operation;
  if (fault === undefined && marks.length === 0 && (end?.detail.events.length ?? 0) === 0) return NOTHING;
  return collect(operation, fault, settings);
}

function collect(
  operation: SettledOperation<EventDetail>,
  fault: Fault | undefined,
  settings: SpanSettings,
): Limited<TimedEvent> {
  const own = [...reported(operation), ...exception(operation, fault)];
  const { kept, dropped } = limitItems([...own, ...marked(operation)], settings.eventCountLimit);
  const events = kept.sort((a, b) => a.time - b.time).map(moment => toEvent(moment, settings));
  return { kept: events, dropped };
}

function reported({ end }: SettledOperation<EventDetail>): readonly Moment[] {
  return end === undefined ? [] : end.detail.events.map(({ name, values }) => ({ time: end.time, name, values }));
}

function marked({ kind, marks }: SettledOperation<EventDetail>): readonly Moment[] {
  return marks.flatMap(({ id, type, time, detail }) => {
    if (kind.family === 'tool' && type === TOOL_FAILURE) return [];
    return markEvents(type, detail).map(event => ({ time, name: event.name, values: withId(event, id) }));
  });
}

/** Jaeger, Tempo and Datadog show and alert on it. Where no end came, nothing was raised that is known of. */
function exception({ end, endTime }: SettledOperation<EventDetail>, fault: Fault | undefined): readonly Moment[] {
  if (fault === undefined || end === undefined) return [];
  return [{ time: endTime, name: STANDARD.exception, values: exceptionValues(fault) }];
}

/** The conventions require a type or a message. */
function exceptionValues({ errorType, exceptionType, message }: Fault): SheetValues {
  const values: SheetValue[] = [];
  if (exceptionType !== undefined || message === undefined) {
    values.push(STANDARD.exceptionType, exceptionType ?? errorType);
  }
  if (message !== undefined) {
    const { text, cutFrom } = message;
    values.push(STANDARD.exceptionMessage, cutFrom === undefined ? text : { text, cutFrom });
  }
  return values;
}

function toEvent({ time, name, values }: Moment, settings: SpanSettings): TimedEvent {
  const { attributes, dropped } = limitAttributes(byName(values), settings.attributeCountLimit);
  return { name, time: toHrTime(time), attributes, droppedAttributesCount: dropped };
}
