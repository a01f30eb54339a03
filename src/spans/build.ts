/** Makes the span of a settled operation: a plain value, born finished, with known ids and past times. */
import { type Link, type SpanContext, type SpanStatus, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { SettledOperation } from '../assembly/settled.ts';
import { VERSION } from '../version.ts';
import { CREWSPAN } from './attributes.ts';
import type { EventDetail } from './detail.ts';
import { spanEvents } from './events.ts';
import { shapeOf } from './families/families.ts';
import type { OperationShape } from './families/shape.ts';
import { faultOf } from './fault.ts';
import { spanIdOf, traceIdOf } from './ids.ts';
import { limitAttributes, limitItems } from './limits.ts';
import type { SpanSettings } from './settings.ts';
import type { Fault } from './status.ts';
import { asName } from './text.ts';
import { toHrTime } from './time.ts';
import { gatherValues } from './values.ts';

/** A pure function of the operation: the same one yields the same span, byte by byte. */
export type SpanBuilder = (operation: SettledOperation<EventDetail>) => ReadableSpan;

export function createSpanBuilder(settings: SpanSettings): SpanBuilder {
  const resource = resourceFromAttributes({ ...settings.resourceAttributes });
  const instrumentationScope = { name: 'crewspan', version: VERSION };
  return operation => {
    const shape = shapeOf(operation.kind);
    const fault = faultOf(operation);
    const context = spanContext(operation.executionId, operation.id);
    const attributes = limitAttributes(gatherValues(operation, shape, fault, settings), settings.attributeCountLimit);
    const events = spanEvents(operation, fault, settings);
    const links = limitItems(operation.links, settings.linkCountLimit);
    return {
      name: spanName(operation, shape),
      kind: shape.spanKind,
      spanContext: () => context,
      ...parentOf(operation),
      startTime: toHrTime(operation.startTime),
      endTime: toHrTime(operation.endTime),
      duration: toHrTime(operation.endTime - operation.startTime),
      ended: true,
      status: statusOf(fault),
      attributes: attributes.attributes,
      droppedAttributesCount: attributes.dropped,
      events: events.kept,
      droppedEventsCount: events.dropped,
      links: links.kept.map(toLink),
      droppedLinksCount: links.dropped,
      resource,
      instrumentationScope,
    };
  };
}

function spanName({ start, end, context }: SettledOperation<EventDetail>, shape: OperationShape): string {
  const target = start?.detail.target ?? end?.detail.target ?? asName(shape.inheritedTarget?.(context));
  return target === undefined ? shape.title : `${shape.title} ${target}`;
}

function spanContext(executionId: string, operationId: string): SpanContext {
  return { traceId: traceIdOf(executionId), spanId: spanIdOf(operationId), traceFlags: TraceFlags.SAMPLED };
}

function parentOf({ executionId, parentId }: SettledOperation<EventDetail>): { parentSpanContext?: SpanContext } {
  return parentId === undefined ? {} : { parentSpanContext: spanContext(executionId, parentId) };
}

function statusOf(fault: Fault | undefined): SpanStatus {
  if (fault === undefined) return { code: SpanStatusCode.UNSET };
  const { description } = fault;
  return { code: SpanStatusCode.ERROR, ...(description === undefined ? {} : { message: description }) };
}

function toLink({ executionId, operationId, reason }: SettledOperation<EventDetail>['links'][number]): Link {
  return { context: spanContext(executionId, operationId), attributes: { [CREWSPAN.link]: reason } };
}
