import { DecodeBudget } from './decode-budget.ts';
import { type MutableAttributes, readKeyValue, readResource } from './decode-common-protobuf.ts';
import type {
  DecodeLimits,
  OtlpResourceSpans,
  OtlpSpan,
  OtlpTracesRequest,
} from './otlp-request.ts';
import { fieldTag, ProtobufReader, WIRE } from './protobuf-reader.ts';

/** Field numbers of opentelemetry/proto/trace/v1 and its collector service. */
const RESOURCE_SPANS = fieldTag(1, WIRE.bytes);
const RESOURCE = fieldTag(1, WIRE.bytes);
const SCOPE_SPANS = fieldTag(2, WIRE.bytes);
const SPANS = fieldTag(2, WIRE.bytes);
const SPAN = {
  name: fieldTag(5, WIRE.bytes),
  startTimeUnixNano: fieldTag(7, WIRE.fixed64),
  endTimeUnixNano: fieldTag(8, WIRE.fixed64),
  attributes: fieldTag(9, WIRE.bytes),
} as const;

/**
 * Decodes an `ExportTraceServiceRequest` in one pass; fields that StepFit does not read are skipped.
 *
 * @throws {StepfitError} `invalid-input` for anything that is not such a message, whole;
 *   `payload-too-large` beyond the limits.
 */
export function decodeTracesProtobuf(bytes: Uint8Array, limits: DecodeLimits): OtlpTracesRequest {
  const reader = new ProtobufReader(bytes);
  const budget = new DecodeBudget(limits);
  const resources: OtlpResourceSpans[] = [];
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === RESOURCE_SPANS) resources.push(readResourceSpans(reader, budget));
    else reader.skip();
  }
  return { resources };
}

function readResourceSpans(reader: ProtobufReader, budget: DecodeBudget): OtlpResourceSpans {
  budget.spendContainer();
  const attributes: MutableAttributes = new Map();
  const spans: OtlpSpan[] = [];
  const outer = reader.enter();
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === RESOURCE) readResource(reader, attributes, budget);
    else if (tag === SCOPE_SPANS) readScopeSpans(reader, spans, budget);
    else reader.skip();
  }
  reader.leave(outer);
  return { attributes, spans };
}

function readScopeSpans(reader: ProtobufReader, spans: OtlpSpan[], budget: DecodeBudget): void {
  const outer = reader.enter();
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === SPANS) spans.push(readSpan(reader, budget));
    else reader.skip();
  }
  reader.leave(outer);
}

function readSpan(reader: ProtobufReader, budget: DecodeBudget): OtlpSpan {
  budget.spendPoint();
  let name = '';
  let startMs = 0;
  let endMs = 0;
  const attributes: MutableAttributes = new Map();
  const outer = reader.enter();
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === SPAN.name) name = reader.string();
    else if (tag === SPAN.startTimeUnixNano) startMs = reader.unixNano();
    else if (tag === SPAN.endTimeUnixNano) endMs = reader.unixNano();
    else if (tag === SPAN.attributes) readKeyValue(reader, attributes, budget);
    else reader.skip();
  }
  reader.leave(outer);
  return { name, startMs, endMs, attributes };
}
