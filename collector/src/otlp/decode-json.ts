import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

import { DecodeBudget } from './decode-budget.ts';
import {
  asObject,
  boolField,
  field,
  intField,
  type JsonObject,
  listField,
  objectField,
  stringField,
  toDouble,
  toInt,
  unixNanoField,
} from './json-value.ts';
import {
  type DecodeLimits,
  NO_RECORDED_VALUE,
  type OtlpAttributes,
  type OtlpMetric,
  type OtlpMetricsRequest,
  type OtlpPoint,
  type OtlpResourceMetrics,
  type OtlpSpan,
  type OtlpTracesRequest,
} from './otlp-request.ts';

/**
 * Decodes an `ExportMetricsServiceRequest` in OTLP/JSON.
 *
 * @throws {StepfitError} `invalid-input` for anything that is not such a message, whole;
 *   `payload-too-large` beyond the limits.
 */
export function decodeMetricsJson(text: string, limits: DecodeLimits): OtlpMetricsRequest {
  const budget = new DecodeBudget(limits);
  const resources = listField(parse(text), 'resourceMetrics').map((value) => {
    budget.spendContainer();
    return toResourceMetrics(asObject(value, 'resourceMetrics'), budget);
  });
  return { resources };
}

/**
 * Decodes an `ExportTraceServiceRequest` in OTLP/JSON.
 *
 * @throws {StepfitError} `invalid-input` for anything that is not such a message, whole;
 *   `payload-too-large` beyond the limits.
 */
export function decodeTracesJson(text: string, limits: DecodeLimits): OtlpTracesRequest {
  const budget = new DecodeBudget(limits);
  const resources = listField(parse(text), 'resourceSpans').map((value) => {
    budget.spendContainer();
    const resource = asObject(value, 'resourceSpans');
    const spans = listField(resource, 'scopeSpans').flatMap((scope) =>
      listField(asObject(scope, 'scopeSpans'), 'spans').map((span) =>
        toSpan(asObject(span, 'spans'), budget),
      ),
    );
    return { attributes: toResourceAttributes(resource, budget), spans };
  });
  return { resources };
}

function parse(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new StepfitError('invalid-input', 'The body is not valid JSON.', {
      hint: 'Send an OTLP export request, whole, as application/json.',
      cause: error,
    });
  }
  return asObject(value, 'the body');
}

function toResourceMetrics(resource: JsonObject, budget: DecodeBudget): OtlpResourceMetrics {
  const metrics = listField(resource, 'scopeMetrics').flatMap((scope) =>
    listField(asObject(scope, 'scopeMetrics'), 'metrics').map((metric) => {
      budget.spendContainer();
      return toMetric(asObject(metric, 'metrics'), budget);
    }),
  );
  return { attributes: toResourceAttributes(resource, budget), metrics };
}

function toResourceAttributes(resource: JsonObject, budget: DecodeBudget): OtlpAttributes {
  return toAttributes(listField(objectField(resource, 'resource') ?? {}, 'attributes'), budget);
}

const NUMBER_KINDS = ['gauge', 'sum'] as const;
const OTHER_KINDS = {
  histogram: 'histogram',
  exponentialHistogram: 'exponential histogram',
  summary: 'summary',
} as const;

function toMetric(metric: JsonObject, budget: DecodeBudget): OtlpMetric {
  const head = { name: stringField(metric, 'name'), unit: stringField(metric, 'unit') };
  for (const kind of NUMBER_KINDS) {
    const data = objectField(metric, kind);
    if (data === undefined) continue;
    const points = listField(data, 'dataPoints').map((point) =>
      toPoint(asObject(point, 'dataPoints'), budget),
    );
    return {
      ...head,
      kind,
      temporality: kind === 'sum' ? intField(data, 'aggregationTemporality') : 0,
      isMonotonic: kind === 'sum' && boolField(data, 'isMonotonic'),
      points,
      pointCount: points.length,
    };
  }
  const none = { ...head, temporality: 0, isMonotonic: false, points: [] };
  for (const [name, kind] of Object.entries(OTHER_KINDS)) {
    const data = objectField(metric, name);
    if (data === undefined) continue;
    const unread = listField(data, 'dataPoints');
    for (const _ of unread) budget.spendPoint();
    return { ...none, kind, pointCount: unread.length };
  }
  return { ...none, kind: 'empty', pointCount: 0 };
}

function toPoint(point: JsonObject, budget: DecodeBudget): OtlpPoint {
  budget.spendPoint();
  const isRecorded = (intField(point, 'flags') & NO_RECORDED_VALUE) === 0;
  return {
    timeMs: unixNanoField(point, 'timeUnixNano'),
    value: isRecorded ? toNumber(point) : undefined,
    attributes: toAttributes(listField(point, 'attributes'), budget),
  };
}

function toNumber(point: JsonObject): number | undefined {
  const asDouble = field(point, 'asDouble');
  if (asDouble !== undefined) return toDouble(asDouble, 'asDouble');
  const asInt = field(point, 'asInt');
  return asInt === undefined ? undefined : toInt(asInt, 'asInt');
}

function toSpan(span: JsonObject, budget: DecodeBudget): OtlpSpan {
  budget.spendPoint();
  return {
    name: stringField(span, 'name'),
    startMs: unixNanoField(span, 'startTimeUnixNano'),
    endMs: unixNanoField(span, 'endTimeUnixNano'),
    attributes: toAttributes(listField(span, 'attributes'), budget),
  };
}

function toAttributes(list: readonly unknown[], budget: DecodeBudget): OtlpAttributes {
  const attributes = new Map<string, string | number | boolean>();
  for (const item of list) {
    budget.spendAttribute();
    const keyValue = asObject(item, 'attributes');
    const value = toScalar(objectField(keyValue, 'value') ?? {});
    if (value !== undefined) attributes.set(stringField(keyValue, 'key'), value);
  }
  return attributes;
}

function toScalar(any: JsonObject): string | number | boolean | undefined {
  if (field(any, 'stringValue') !== undefined) return stringField(any, 'stringValue');
  if (field(any, 'boolValue') !== undefined) return boolField(any, 'boolValue');
  if (field(any, 'intValue') !== undefined) return intField(any, 'intValue');
  const double = field(any, 'doubleValue');
  return double === undefined ? undefined : toDouble(double, 'doubleValue');
}
