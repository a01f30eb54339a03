export interface SpanSettings {
  /** `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`: content (prompts, answers, arguments, results) goes onto spans. */
  readonly captureContent: boolean;
  /**
   * `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`, else `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`: for every string that is not
   * content, in characters.
   */
  readonly attributeValueLengthLimit: number;
  /** The same limit for content attributes, in bytes of UTF-8; 32 KiB unless the variables above say otherwise. */
  readonly contentLengthLimit: number;
  /** `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`, `OTEL_SPAN_EVENT_COUNT_LIMIT`, `OTEL_SPAN_LINK_COUNT_LIMIT`. */
  readonly attributeCountLimit: number;
  readonly eventCountLimit: number;
  readonly linkCountLimit: number;
  /** `CREWSPAN_TRACE_CONTEXT`: what becomes of the trace that a run was started from. */
  readonly traceContext: 'link' | 'parent' | 'ignore';
  /** `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`, merged; `service.name` is always there. */
  readonly resourceAttributes: Readonly<Record<string, string>>;
}
