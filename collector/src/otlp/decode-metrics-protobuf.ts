import { DecodeBudget } from './decode-budget.ts';
import {
  type MutableAttributes,
  NO_ATTRIBUTES,
  readKeyValue,
  readResource,
} from './decode-common-protobuf.ts';
import {
  type DecodeLimits,
  NO_RECORDED_VALUE,
  type OtlpMetric,
  type OtlpMetricKind,
  type OtlpMetricsRequest,
  type OtlpPoint,
  type OtlpResourceMetrics,
} from './otlp-request.ts';
import { fieldTag, ProtobufReader, WIRE } from './protobuf-reader.ts';

/** Field numbers of opentelemetry/proto/metrics/v1 and its collector service. */
const RESOURCE_METRICS = fieldTag(1, WIRE.bytes);
const RESOURCE = fieldTag(1, WIRE.bytes);
const SCOPE_METRICS = fieldTag(2, WIRE.bytes);
const METRICS = fieldTag(2, WIRE.bytes);
const METRIC = {
  name: fieldTag(1, WIRE.bytes),
  unit: fieldTag(3, WIRE.bytes),
  gauge: fieldTag(5, WIRE.bytes),
  sum: fieldTag(7, WIRE.bytes),
  histogram: fieldTag(9, WIRE.bytes),
  exponentialHistogram: fieldTag(10, WIRE.bytes),
  summary: fieldTag(11, WIRE.bytes),
} as const;
/** The same in every kind of metric. */
const DATA_POINTS = fieldTag(1, WIRE.bytes);
const SUM_TEMPORALITY = fieldTag(2, WIRE.varint);
const SUM_IS_MONOTONIC = fieldTag(3, WIRE.varint);
const POINT = {
  timeUnixNano: fieldTag(3, WIRE.fixed64),
  asDouble: fieldTag(4, WIRE.fixed64),
  asInt: fieldTag(6, WIRE.fixed64),
  attributes: fieldTag(7, WIRE.bytes),
  flags: fieldTag(8, WIRE.varint),
} as const;

/**
 * Decodes an `ExportMetricsServiceRequest` in one pass; fields that StepFit does not read are skipped.
 *
 * @throws {StepfitError} `invalid-input` for anything that is not such a message, whole;
 *   `payload-too-large` beyond the limits.
 */
export function decodeMetricsProtobuf(bytes: Uint8Array, limits: DecodeLimits): OtlpMetricsRequest {
  const reader = new ProtobufReader(bytes);
  const budget = new DecodeBudget(limits);
  const resources: OtlpResourceMetrics[] = [];
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === RESOURCE_METRICS) resources.push(readResourceMetrics(reader, budget));
    else reader.skip();
  }
  return { resources };
}

function readResourceMetrics(reader: ProtobufReader, budget: DecodeBudget): OtlpResourceMetrics {
  budget.spendContainer();
  const attributes: MutableAttributes = new Map();
  const metrics: OtlpMetric[] = [];
  const outer = reader.enter();
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === RESOURCE) readResource(reader, attributes, budget);
    else if (tag === SCOPE_METRICS) readScopeMetrics(reader, metrics, budget);
    else reader.skip();
  }
  reader.leave(outer);
  return { attributes, metrics };
}

function readScopeMetrics(
  reader: ProtobufReader,
  metrics: OtlpMetric[],
  budget: DecodeBudget,
): void {
  const outer = reader.enter();
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === METRICS) metrics.push(readMetric(reader, budget));
    else reader.skip();
  }
  reader.leave(outer);
}

/** What a metric's data holds, without its name and unit. */
type MetricData = Omit<OtlpMetric, 'name' | 'unit'>;

const NO_DATA: MetricData = {
  kind: 'empty',
  temporality: 0,
  isMonotonic: false,
  points: [],
  pointCount: 0,
};

function readMetric(reader: ProtobufReader, budget: DecodeBudget): OtlpMetric {
  budget.spendContainer();
  let name = '';
  let unit = '';
  let data = NO_DATA;
  const outer = reader.enter();
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === METRIC.name) name = reader.string();
    else if (tag === METRIC.unit) unit = reader.string();
    else if (tag === METRIC.gauge) data = readNumbers(reader, 'gauge', budget);
    else if (tag === METRIC.sum) data = readNumbers(reader, 'sum', budget);
    else data = readUnsupported(reader, tag, budget) ?? data;
  }
  reader.leave(outer);
  return { name, unit, ...data };
}

function readNumbers(
  reader: ProtobufReader,
  kind: 'gauge' | 'sum',
  budget: DecodeBudget,
): MetricData {
  const points: OtlpPoint[] = [];
  let temporality = 0;
  let isMonotonic = false;
  const outer = reader.enter();
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === DATA_POINTS) points.push(readPoint(reader, budget));
    else if (tag === SUM_TEMPORALITY && kind === 'sum') temporality = reader.uint32();
    else if (tag === SUM_IS_MONOTONIC && kind === 'sum') isMonotonic = reader.bool();
    else reader.skip();
  }
  reader.leave(outer);
  return { kind, temporality, isMonotonic, points, pointCount: points.length };
}

/** Counts the points of a kind that StepFit cannot use; skips anything else and returns nothing. */
function readUnsupported(
  reader: ProtobufReader,
  metricTag: number,
  budget: DecodeBudget,
): MetricData | undefined {
  const kind = unsupportedKind(metricTag);
  if (kind === undefined) {
    reader.skip();
    return undefined;
  }
  let pointCount = 0;
  const outer = reader.enter();
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === DATA_POINTS) {
      budget.spendPoint();
      pointCount += 1;
    }
    reader.skip();
  }
  reader.leave(outer);
  return { ...NO_DATA, kind, pointCount };
}

function unsupportedKind(metricTag: number): OtlpMetricKind | undefined {
  switch (metricTag) {
    case METRIC.histogram:
      return 'histogram';
    case METRIC.exponentialHistogram:
      return 'exponential histogram';
    case METRIC.summary:
      return 'summary';
    default:
      return undefined;
  }
}

function readPoint(reader: ProtobufReader, budget: DecodeBudget): OtlpPoint {
  budget.spendPoint();
  let timeMs = 0;
  let value: number | undefined;
  let flags = 0;
  let attributes: MutableAttributes | undefined;
  const outer = reader.enter();
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === POINT.attributes) {
      attributes ??= new Map();
      readKeyValue(reader, attributes, budget);
    } else if (tag === POINT.timeUnixNano) timeMs = reader.unixNano();
    else if (tag === POINT.asDouble) value = reader.double();
    else if (tag === POINT.asInt) value = reader.sfixed64();
    else if (tag === POINT.flags) flags = reader.uint32();
    else reader.skip();
  }
  reader.leave(outer);
  if ((flags & NO_RECORDED_VALUE) !== 0) value = undefined;
  return { timeMs, value, attributes: attributes ?? NO_ATTRIBUTES };
}
