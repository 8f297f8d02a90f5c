import protobuf from 'protobufjs';

/**
 * The OTLP messages that the tests encode, from opentelemetry-proto 1.x, read by protobufjs: an encoder and
 * decoder that shares nothing with ours.
 */
const SOURCE = `
  syntax = "proto3";
  message AnyValue {
    oneof value {
      string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4;
      ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7;
    }
  }
  message ArrayValue { repeated AnyValue values = 1; }
  message KeyValueList { repeated KeyValue values = 1; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
  message Scope { string name = 1; string version = 2; repeated KeyValue attributes = 3; }

  message MetricsRequest { repeated ResourceMetrics resource_metrics = 1; }
  message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; string schema_url = 3; }
  message ScopeMetrics { Scope scope = 1; repeated Metric metrics = 2; string schema_url = 3; }
  message Metric {
    string name = 1; string description = 2; string unit = 3;
    oneof data { Gauge gauge = 5; Sum sum = 7; Histogram histogram = 9; ExponentialHistogram exponential_histogram = 10; Summary summary = 11; }
    repeated KeyValue metadata = 12;
  }
  message Gauge { repeated NumberDataPoint data_points = 1; }
  message Sum { repeated NumberDataPoint data_points = 1; int32 aggregation_temporality = 2; bool is_monotonic = 3; }
  message Histogram { repeated HistogramDataPoint data_points = 1; int32 aggregation_temporality = 2; }
  message ExponentialHistogram { repeated HistogramDataPoint data_points = 1; int32 aggregation_temporality = 2; }
  message Summary { repeated HistogramDataPoint data_points = 1; }
  message HistogramDataPoint { fixed64 time_unix_nano = 3; fixed64 count = 4; double sum = 5; }
  message NumberDataPoint {
    fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3;
    oneof value { double as_double = 4; sfixed64 as_int = 6; }
    repeated KeyValue attributes = 7; uint32 flags = 8;
  }

  message TracesRequest { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5;
    int32 kind = 6; fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8;
    repeated KeyValue attributes = 9; Status status = 15;
  }
  message Status { string message = 2; int32 code = 3; }

  message MetricsResponse { PartialPoints partial_success = 1; }
  message PartialPoints { int64 rejected_data_points = 1; string error_message = 2; }
  message TracesResponse { PartialSpans partial_success = 1; }
  message PartialSpans { int64 rejected_spans = 1; string error_message = 2; }
  message RpcStatus { int32 code = 1; string message = 2; }
`;

const ROOT = protobuf.parse(SOURCE, { keepCase: false }).root;

export type OtlpMessage =
  | 'MetricsRequest'
  | 'TracesRequest'
  | 'MetricsResponse'
  | 'TracesResponse'
  | 'RpcStatus';

/** From the OTLP/JSON form of a message, ids apart, to its bytes. */
export function encodeOtlp(message: OtlpMessage, json: object): Buffer {
  const type = ROOT.lookupType(message);
  return Buffer.from(type.encode(type.fromObject(json)).finish());
}

/** From bytes to plain data, with 64-bit integers as strings. */
export function decodeOtlp(message: OtlpMessage, bytes: Uint8Array): object {
  const type = ROOT.lookupType(message);
  return type.toObject(type.decode(bytes), { longs: String });
}
