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
import type { SpanSettings } from './settings.ts';
import { createSheet, NO_VALUES, putText, type SheetValues, valuesOf } from './sheet.ts';
import { readFault } from './status.ts';
import { asName } from './text.ts';

export type { EventDetail } from './detail.ts';

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
        return describeStart(role.kind, data, settings);
      case 'end':
        return describeEnd(role, data, settings);
    }
  };
}

function describeStart(kind: OperationKind, data: JsonObject, settings: SpanSettings): EventDetail {
  const shape = shapeOf(kind);
  return {
    target: shared(asName(shape.target?.(data))),
    about: describeAbout(shape, data, settings),
    result: NO_VALUES,
    fault: undefined,
    events: NO_EVENTS,
  };
}

interface End {
  readonly kind: OperationKind;
  readonly outcome: EndOutcome;
}

function describeEnd({ kind, outcome }: End, data: JsonObject, settings: SpanSettings): EventDetail {
  const shape = shapeOf(kind);
  const result = createSheet(settings);
  shape.result?.(result, data, outcome);
  return {
    target: shared(asName(shape.target?.(data))),
    about: describeAbout(shape, data, settings),
    result: valuesOf(result),
    fault: outcome === 'failed' ? readFault(data, settings) : shape.hiddenFault?.(data, settings),
    events: shape.events?.(data, settings) ?? NO_EVENTS,
  };
}

function describeAbout(shape: OperationShape, data: JsonObject, settings: SpanSettings): SheetValues {
  const sheet = createSheet(settings);
  shape.about?.(sheet, data);
  putText(sheet, CREWAI.sourceFingerprint, data['source_fingerprint']);
  putText(sheet, CREWAI.sourceType, data['source_type']);
  return valuesOf(sheet);
}
