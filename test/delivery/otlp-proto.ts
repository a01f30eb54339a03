/** OTLP as a backend decodes it: the trace messages of opentelemetry-proto 1.x, through protobufjs. */
import protobuf from 'protobufjs';

const root = protobuf.parse(
  `
  syntax = "proto3";
  package otlp;
  message AnyValue {
    oneof value {
      string string_value = 1;
      bool bool_value = 2;
      int64 int_value = 3;
      double double_value = 4;
      ArrayValue array_value = 5;
      KeyValueList kvlist_value = 6;
      bytes bytes_value = 7;
    }
  }
  message ArrayValue { repeated AnyValue values = 1; }
  message KeyValueList { repeated KeyValue values = 1; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message InstrumentationScope {
    string name = 1; string version = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4;
  }
  message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
  message ScopeSpans { InstrumentationScope scope = 1; repeated Span spans = 2; string schema_url = 3; }
  message Span {
    bytes trace_id = 1;
    bytes span_id = 2;
    string trace_state = 3;
    bytes parent_span_id = 4;
    string name = 5;
    int32 kind = 6;
    fixed64 start_time_unix_nano = 7;
    fixed64 end_time_unix_nano = 8;
    repeated KeyValue attributes = 9;
    uint32 dropped_attributes_count = 10;
    message Event {
      fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4;
    }
    repeated Event events = 11;
    uint32 dropped_events_count = 12;
    message Link {
      bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; repeated KeyValue attributes = 4;
      uint32 dropped_attributes_count = 5; fixed32 flags = 6;
    }
    repeated Link links = 13;
    uint32 dropped_links_count = 14;
    Status status = 15;
    fixed32 flags = 16;
  }
  message Status { string message = 2; int32 code = 3; }
  message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; }
  message ExportTraceServiceResponse { ExportTracePartialSuccess partial_success = 1; }
  message ExportTracePartialSuccess { int64 rejected_spans = 1; string error_message = 2; }
  message RpcStatus { int32 code = 1; string message = 2; repeated Any details = 3; }
  message Any { string type_url = 1; bytes value = 2; }
  message RetryInfo { Duration retry_delay = 1; }
  message Duration { int64 seconds = 1; int32 nanos = 2; }
  `,
  { keepCase: false },
).root;

const ExportRequest = root.lookupType('otlp.ExportTraceServiceRequest');
const ExportResponse = root.lookupType('otlp.ExportTraceServiceResponse');
export const RpcStatus = root.lookupType('otlp.RpcStatus');
export const RetryInfo = root.lookupType('otlp.RetryInfo');

interface DecodedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes?: readonly DecodedKeyValue[];
}

export interface DecodedResourceSpans {
  readonly resource: { readonly attributes: readonly DecodedKeyValue[] };
  readonly schemaUrl?: string;
  readonly scopeSpans: readonly {
    readonly scope: { readonly name: string };
    readonly schemaUrl?: string;
    readonly spans: readonly DecodedSpan[];
  }[];
}

interface DecodedKeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** What a protobuf backend sees; ids as base64. Throws for bytes that are not the message. */
export function decodeRequest(bytes: Uint8Array): DecodedResourceSpans[] {
  const decoded = ExportRequest.toObject(ExportRequest.decode(bytes), { longs: String, bytes: String, arrays: true });
  return (decoded as { resourceSpans: DecodedResourceSpans[] }).resourceSpans;
}

export function namesOf(resourceSpans: readonly DecodedResourceSpans[]): string[] {
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans.map(({ name }) => name)));
}

export function responseBytes(rejectedSpans: number, errorMessage: string): Buffer {
  return Buffer.from(ExportResponse.encode({ partialSuccess: { rejectedSpans, errorMessage } }).finish());
}
