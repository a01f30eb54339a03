/**
 * Reads of an event, once and at its arrival, all that its span will need: bounded, and stripped of content unless
 * content may leave. After that the event's `data`, which may be megabytes, is not needed any more.
 */
import type { EndOutcome, OperationKind } from '../crewai/catalogue.ts';
import type { IncomingEvent } from '../crewai/event.ts';
import type { EventFacts } from '../crewai/facts.ts';
import { asObject, type JsonObject } from '../crewai/readers.ts';
import { shared } from '../crewai/shared-texts.ts';
import { CREWAI } from './attributes.ts';
import { EMPTY_DETAIL, type EventDetail, NO_EVENTS } from './detail.ts';
import { shapeOf } from './families/families.ts';
import type { OperationShape } from './families/shape.ts';
import { describeMark } from './marks.ts';
import { type Fault, readFault } from './read-fault.ts';
import type { SpanSettings } from './settings.ts';
import { createSheet, putText, valuesOf } from './sheet.ts';
import { asName } from './text.ts';

/** Never throws, whatever `data` is. */
export type Describer = (event: IncomingEvent, facts: EventFacts) => EventDetail;

const NO_DATA: JsonObject = {};

export function createDescriber(settings: SpanSettings): Describer {
  return ({ type, data: received }, { role, transparent }) => {
    if (transparent || role.is === 'chunk') return EMPTY_DETAIL;
    const data = asObject(received) ?? NO_DATA;
    switch (role.is) {
      case 'mark':
        return describeMark(type, data, settings);
      case 'start':
        return describeEvent(role.kind, undefined, data, settings);
      case 'end':
        return describeEvent(role.kind, role.outcome, data, settings);
    }
  };
}

/** Of an operation's start, which has no outcome, or of its end. */
function describeEvent(
  kind: OperationKind,
  outcome: EndOutcome | undefined,
  data: JsonObject,
  settings: SpanSettings,
): EventDetail {
  const shape = shapeOf(kind);
  const sheet = createSheet(settings);
  shape.about?.(sheet, data);
  putText(sheet, CREWAI.sourceFingerprint, data['source_fingerprint']);
  putText(sheet, CREWAI.sourceType, data['source_type']);
  const results = sheet.values.length;
  if (outcome !== undefined) shape.result?.(sheet, data, outcome);
  return {
    target: shared(asName(shape.target?.(data))),
    values: valuesOf(sheet),
    results,
    fault: outcome === undefined ? undefined : readFaultOf(shape, outcome, data, settings),
    events: (outcome === undefined ? undefined : shape.events?.(data, settings)) ?? NO_EVENTS,
  };
}

function readFaultOf(
  shape: OperationShape,
  outcome: EndOutcome,
  data: JsonObject,
  settings: SpanSettings,
): Fault | undefined {
  return outcome === 'failed' ? readFault(data, settings) : shape.hiddenFault?.(data, settings);
}
