import type { SpanSettings } from '../spans/settings.ts';
import type { Values } from './schema.ts';

/** Content is often long, and backends refuse what is too long: a limit even if none is set. */
const CONTENT_BYTES = 32 * 1024;

export function spansOf(values: Values): SpanSettings {
  const lengthLimit = values.OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT ?? values.OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT;
  const serviceName = values.OTEL_SERVICE_NAME ?? values.OTEL_RESOURCE_ATTRIBUTES?.['service.name'];
  return {
    captureContent: values.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT,
    // The specification's default: no limit.
    attributeValueLengthLimit: lengthLimit ?? Number.POSITIVE_INFINITY,
    contentLengthLimit: lengthLimit ?? CONTENT_BYTES,
    attributeCountLimit: values.OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT ?? values.OTEL_ATTRIBUTE_COUNT_LIMIT,
    eventCountLimit: values.OTEL_SPAN_EVENT_COUNT_LIMIT,
    traceContext: values.CREWSPAN_TRACE_CONTEXT,
    linkCountLimit: values.OTEL_SPAN_LINK_COUNT_LIMIT,
    resourceAttributes: { ...values.OTEL_RESOURCE_ATTRIBUTES, 'service.name': serviceName || 'crewai' },
  };
}
