/** The numbers of OTLP's fields where spans are taken out of requests and put into them. */

// opentelemetry/proto/collector/trace/v1/trace_service.proto
export const REQUEST_RESOURCE_SPANS = 1;

// opentelemetry/proto/trace/v1/trace.proto
export const RESOURCE_SPANS_SCOPE_SPANS = 2;
export const SCOPE_SPANS_SPANS = 2;
export const SPAN_TRACE_ID = 1;
export const SPAN_SPAN_ID = 2;
