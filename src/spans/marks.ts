/** Events that neither start nor end anything, as span events on the operation around them. */
import { asObject, type JsonObject } from '../crewai/readers.ts';
import { CREWAI, GEN_AI, STANDARD } from './attributes.ts';
import type { DescribedEvent, EventDetail } from './detail.ts';
import { readModel } from './families/crew.ts';
import { putFailure } from './families/tool.ts';
import { putFields } from './fields.ts';
import { namespaceOf } from './namespaces.ts';
import { type Fault, readFault, readToolFailure } from './read-fault.ts';
import type { SpanSettings } from './settings.ts';
import { createSheet, NO_VALUES, putNumber, putText, type SheetValues, valuesOf } from './sheet.ts';
import { clip } from './text.ts';

/** A tool's failure is told to the tool's span, and is an event only where that one is not known. */
export const TOOL_FAILURE = 'tool_failure_detected';

const MAX_NAME = 256;

export function describeMark(type: string, data: JsonObject, settings: SpanSettings): EventDetail {
  switch (type) {
    case TOOL_FAILURE:
      return describeToolFailure(data, settings);
    case 'crew_test_result':
      return detailOf(NO_VALUES, undefined, describeTestResult(data, settings));
    default:
      return detailOf(NO_VALUES, undefined, describePlain(type, data, settings));
  }
}

/**
 * A mark as it stands on a span. An end that came for an operation that had ended already has described itself as an
 * end: of it, what went wrong is told.
 */
export function markEvents(type: string, detail: EventDetail): readonly DescribedEvent[] {
  if (detail.events.length > 0) return detail.events;
  return [{ name: eventName(type), values: faultValues(detail.fault) }];
}

/** With the id of the event that it was, so that it is found again. */
export function withId({ values }: DescribedEvent, id: string): SheetValues {
  return [CREWAI.eventId, id, ...values];
}

function describePlain(type: string, data: JsonObject, settings: SpanSettings): DescribedEvent {
  const sheet = createSheet(settings);
  if (data['error'] !== undefined && data['error'] !== null) {
    putText(sheet, STANDARD.errorType, readFault(data, settings).errorType);
  }
  putFields(sheet, data, namespaceOf(type), 'first line');
  return { name: eventName(type), values: valuesOf(sheet) };
}

function describeToolFailure(data: JsonObject, settings: SpanSettings): EventDetail {
  const failure = asObject(data['failure']);
  const sheet = createSheet(settings);
  putFailure(sheet, data);
  const event = createSheet(settings);
  putFields(event, data, namespaceOf(TOOL_FAILURE), 'first line');
  event.values.push(...sheet.values);
  return detailOf(valuesOf(sheet), failure && readToolFailure(failure, settings), {
    name: eventName(TOOL_FAILURE),
    values: valuesOf(event),
  });
}

function detailOf(values: SheetValues, fault: Fault | undefined, event: DescribedEvent): EventDetail {
  return { target: undefined, values, results: values.length, fault, events: [event] };
}

/** A crew's test scores its tasks, from 0 to 10. */
function describeTestResult(data: JsonObject, settings: SpanSettings): DescribedEvent {
  const sheet = createSheet(settings);
  putText(sheet, GEN_AI.evaluationName, 'crew_test_quality');
  putNumber(sheet, GEN_AI.evaluationScoreValue, data['quality']);
  putNumber(sheet, 'crewai.crew.execution_duration', data['execution_duration']);
  putText(sheet, 'crewai.crew.eval_llm', readModel(data['model']));
  return { name: GEN_AI.evaluationResult, values: valuesOf(sheet) };
}

function faultValues(fault: Fault | undefined): SheetValues {
  if (fault === undefined) return NO_VALUES;
  const { errorType, description } = fault;
  if (description === undefined) return [STANDARD.errorType, errorType];
  return [STANDARD.errorType, errorType, 'crewai.error', description];
}

function eventName(type: string): string {
  return clip(`crewai.${type}`, MAX_NAME);
}
