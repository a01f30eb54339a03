/** Brings together the attributes of a span, the most important first: the count of attributes is limited. */
import type { SettledOperation } from '../assembly/settled.ts';
import { CREWAI, CREWSPAN, GEN_AI, STANDARD } from './attributes.ts';
import type { EventDetail } from './detail.ts';
import { familyName } from './families/families.ts';
import type { OperationShape } from './families/shape.ts';
import { detectedFailure } from './fault.ts';
import { setInherited } from './inherited.ts';
import { type NamedValues, setAll, setPlain, setText } from './named-values.ts';
import type { Fault } from './read-fault.ts';
import type { SpanSettings } from './settings.ts';
import { nameOf } from './sheet.ts';

type Operation = SettledOperation<EventDetail>;

export function gatherValues(
  operation: Operation,
  shape: OperationShape,
  fault: Fault | undefined,
  settings: SpanSettings,
): NamedValues {
  const { start, end, context, kind } = operation;
  const values: NamedValues = {};
  setIdentity(values, operation, settings);
  if (fault !== undefined) values[STANDARD.errorType] = fault.errorType;
  setMarkers(values, operation);
  setTally(values, operation);
  if (shape.fixed !== undefined) setPlain(values, shape.fixed);
  if (shape.namesAgent) setText(values, GEN_AI.agentName, nameOf(context.agentRole), settings);
  setInherited(values, context, kind.family, settings);
  if (end !== undefined) setAll(values, end.detail.values, 0, end.detail.results);
  if (start !== undefined) setAll(values, start.detail.values);
  const failure = detectedFailure(operation);
  if (failure !== undefined) setAll(values, failure.values);
  if (end !== undefined) setAll(values, end.detail.values, end.detail.results);
  if (shape.settle !== undefined) setPlain(values, shape.settle(operation));
  return values;
}

function setIdentity(values: NamedValues, operation: Operation, settings: SpanSettings): void {
  const { executionId, kind, start, end, links } = operation;
  setText(values, CREWAI.executionUuid, executionId, settings);
  setText(values, CREWAI.eventName, start?.type ?? kind.start, settings);
  setText(values, CREWAI.eventId, start?.id ?? end?.id, settings);
  setText(values, CREWAI.eventEndId, end?.id, settings);
  const outer = links.length === 0 ? undefined : links.find(link => link.reason === 'parent_execution');
  setText(values, CREWAI.parentEventId, outer?.operationId, settings);
}

function setMarkers(values: NamedValues, operation: Operation): void {
  const { kind, parentCertainty, pairing, incomplete, clamped } = operation;
  values[CREWSPAN.family] = familyName(kind.family);
  values[CREWSPAN.parent] = parentCertainty;
  values[CREWSPAN.pairing] = pairing;
  if (incomplete !== undefined) values[CREWSPAN.incomplete] = incomplete;
  if (clamped) values[CREWSPAN.clamped] = true;
}

/** Under names of our own: viewers add up every `gen_ai.usage.*`, and would count all tokens twice. */
function setTally(values: NamedValues, { tally }: Operation): void {
  if (tally === undefined) return;
  const { usage, llmCalls, toolCalls, failedOperations } = tally;
  if (usage.input !== undefined) values[CREWSPAN.usageInputTokens] = usage.input;
  if (usage.output !== undefined) values[CREWSPAN.usageOutputTokens] = usage.output;
  values[CREWSPAN.llmCalls] = llmCalls;
  values[CREWSPAN.toolCalls] = toolCalls;
  values[CREWSPAN.failedOperations] = failedOperations;
}
