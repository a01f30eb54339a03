/** Brings together the attributes of a span, the most important first: the count of attributes is limited. */
import type { Attributes } from '@opentelemetry/api';
import type { SettledOperation } from '../assembly/settled.ts';
import { CREWAI, CREWSPAN, GEN_AI, STANDARD } from './attributes.ts';
import type { EventDetail } from './detail.ts';
import { familyName } from './families/families.ts';
import type { OperationShape } from './families/shape.ts';
import { detectedFailure } from './fault.ts';
import { inheritedValues } from './inherited.ts';
import type { SpanSettings } from './settings.ts';
import { createSheet, putName, putText, type SheetValue, type SheetValues } from './sheet.ts';
import type { Fault } from './status.ts';

type Operation = SettledOperation<EventDetail>;

export function gatherValues(
  operation: Operation,
  shape: OperationShape,
  fault: Fault | undefined,
  settings: SpanSettings,
): SheetValues {
  const { start, end, context, kind } = operation;
  const values = new Map<string, SheetValue>(identityValues(operation, settings));
  if (fault !== undefined) values.set(STANDARD.errorType, fault.errorType);
  putPlain(values, markerAttributes(operation));
  putPlain(values, tallyAttributes(operation));
  putPlain(values, shape.fixed ?? {});
  putAll(values, agentValues(operation, shape, settings));
  putAll(values, inheritedValues(context, kind.family, settings));
  putAll(values, end?.detail.about);
  putAll(values, start?.detail.about);
  putAll(values, detectedFailure(operation)?.about);
  putAll(values, end?.detail.result);
  putPlain(values, shape.settle?.(operation) ?? {});
  return values;
}

function identityValues(operation: Operation, settings: SpanSettings): SheetValues {
  const { executionId, kind, start, end, links } = operation;
  const sheet = createSheet(settings);
  putText(sheet, CREWAI.executionUuid, executionId);
  putText(sheet, CREWAI.eventName, start?.type ?? kind.start);
  putText(sheet, CREWAI.eventId, start?.id ?? end?.id);
  putText(sheet, CREWAI.eventEndId, end?.id);
  putText(sheet, CREWAI.parentEventId, links.find(link => link.reason === 'parent_execution')?.operationId);
  return sheet.values;
}

function markerAttributes({ kind, parentCertainty, pairing, incomplete, clamped }: Operation): Attributes {
  return {
    [CREWSPAN.family]: familyName(kind.family),
    [CREWSPAN.parent]: parentCertainty,
    [CREWSPAN.pairing]: pairing,
    ...(incomplete === undefined ? {} : { [CREWSPAN.incomplete]: incomplete }),
    ...(clamped ? { [CREWSPAN.clamped]: true } : {}),
  };
}

/** Under names of our own: viewers add up every `gen_ai.usage.*`, and would count all tokens twice. */
function tallyAttributes({ tally }: Operation): Attributes {
  if (tally === undefined) return {};
  const { usage, llmCalls, toolCalls, failedOperations } = tally;
  return {
    ...(usage.input === undefined ? {} : { [CREWSPAN.usageInputTokens]: usage.input }),
    ...(usage.output === undefined ? {} : { [CREWSPAN.usageOutputTokens]: usage.output }),
    [CREWSPAN.llmCalls]: llmCalls,
    [CREWSPAN.toolCalls]: toolCalls,
    [CREWSPAN.failedOperations]: failedOperations,
  };
}

function agentValues({ context }: Operation, shape: OperationShape, settings: SpanSettings): SheetValues {
  const sheet = createSheet(settings);
  if (shape.namesAgent) putName(sheet, GEN_AI.agentName, context.agentRole);
  return sheet.values;
}

function putAll(values: Map<string, SheetValue>, more: SheetValues | undefined): void {
  for (const [name, value] of more ?? []) values.set(name, value);
}

function putPlain(values: Map<string, SheetValue>, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) values.delete(name);
    else values.set(name, value);
  }
}
