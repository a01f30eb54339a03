/** Makes the span of a settled operation: a plain value, born finished, with known ids and past times. */
import {
  createTraceState,
  type Link,
  type SpanContext,
  type SpanStatus,
  SpanStatusCode,
  TraceFlags,
} from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { OperationLink, SettledOperation } from '../assembly/settled.ts';
import type { CallerContext } from '../crewai/trace-context.ts';
import { VERSION } from '../version.ts';
import { CREWSPAN } from './attributes.ts';
import type { EventDetail } from './detail.ts';
import { spanEvents } from './events.ts';
import { shapeOf } from './families/families.ts';
import type { OperationShape } from './families/shape.ts';
import { faultOf } from './fault.ts';
import { spanIdOf, traceIdOf } from './ids.ts';
import { type Limited, limitAttributes, limitItems, NOTHING } from './limits.ts';
import type { Fault } from './read-fault.ts';
import type { SpanSettings } from './settings.ts';
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
    const traceId = traceOf(operation, settings);
    const context = spanContext(traceId, operation.id);
    const attributes = limitAttributes(gatherValues(operation, shape, fault, settings), settings.attributeCountLimit);
    const events = spanEvents(operation, fault, settings);
    const links = linksOf(operation, settings);
    const span: Unfinished = {
      name: spanName(operation, shape),
      kind: shape.spanKind,
      spanContext: () => context,
      startTime: toHrTime(operation.startTime),
      endTime: toHrTime(operation.endTime),
      duration: toHrTime(operation.endTime - operation.startTime),
      ended: true,
      status: statusOf(fault),
      attributes: attributes.attributes,
      droppedAttributesCount: attributes.dropped,
      events: events.kept,
      droppedEventsCount: events.dropped,
      links: links.kept,
      droppedLinksCount: links.dropped,
      resource,
      instrumentationScope,
    };
    const parent = parentOf(operation, traceId, settings);
    if (parent !== undefined) span.parentSpanContext = parent;
    return span;
  };
}

type Unfinished = { -readonly [Field in keyof ReadableSpan]: ReadableSpan[Field] };

function spanName({ start, end, context }: SettledOperation<EventDetail>, shape: OperationShape): string {
  const target = start?.detail.target ?? end?.detail.target ?? asName(shape.inheritedTarget?.(context));
  return target === undefined ? shape.title : `${shape.title} ${target}`;
}

function spanContext(traceId: string, operationId: string): SpanContext {
  return { traceId, spanId: spanIdOf(operationId), traceFlags: TraceFlags.SAMPLED };
}

/** The caller's own, where it is to be the parent of the run: all of the run then belongs to that trace. */
function traceOf(
  { executionId, caller }: Pick<SettledOperation<EventDetail>, 'executionId' | 'caller'>,
  { traceContext }: Pick<SpanSettings, 'traceContext'>,
): string {
  return caller !== undefined && traceContext === 'parent' ? caller.traceId : traceIdOf(executionId);
}

function parentOf(
  { parentId, caller }: SettledOperation<EventDetail>,
  traceId: string,
  { traceContext }: SpanSettings,
): SpanContext | undefined {
  if (parentId !== undefined) return spanContext(traceId, parentId);
  return caller !== undefined && traceContext === 'parent' ? callerContext(caller) : undefined;
}

function callerContext({ traceId, spanId, sampled, state }: CallerContext): SpanContext {
  return {
    traceId,
    spanId,
    traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
    ...(state === undefined ? {} : { traceState: createTraceState(state) }),
  };
}

const UNSET: SpanStatus = { code: SpanStatusCode.UNSET };

function statusOf(fault: Fault | undefined): SpanStatus {
  if (fault === undefined) return UNSET;
  const { description } = fault;
  return { code: SpanStatusCode.ERROR, ...(description === undefined ? {} : { message: description }) };
}

function linksOf(operation: SettledOperation<EventDetail>, settings: SpanSettings): Limited<Link> {
  const { caller, parentId } = operation;
  const { traceContext } = settings;
  const linked = parentId === undefined && traceContext === 'link' ? caller : undefined;
  if (operation.links.length === 0 && linked === undefined) return NOTHING;
  const links = operation.links.map(link => toLink(link, traceContext));
  if (linked !== undefined) links.push({ context: callerContext(linked), attributes: { [CREWSPAN.link]: 'caller' } });
  return limitItems(links, settings.linkCountLimit);
}

function toLink(link: OperationLink, traceContext: SpanSettings['traceContext']): Link {
  const context = spanContext(traceOf(link, { traceContext }), link.operationId);
  return { context, attributes: { [CREWSPAN.link]: link.reason } };
}
