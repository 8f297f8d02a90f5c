import {
  ATTEMPT_SPAN_NAME,
  type Outcome,
  RESOURCE_ATTRIBUTES,
  SPAN_ATTRIBUTES,
} from '@stepfit/sdk-plugin/contract/attributes';
import { type MetricKey, METRICS } from '@stepfit/sdk-plugin/contract/metrics';

/**
 * Builders of OTLP requests as plain OTLP/JSON: `JSON.stringify` makes a JSON body of one, `encodeOtlp` of
 * `otlp-proto.ts` a protobuf body.
 */
export type Scalar = string | number | boolean;

/** Facts of one attempt by the contract's keys; all have defaults. */
export type ResourceFacts = Partial<Record<keyof typeof RESOURCE_ATTRIBUTES, Scalar>>;

export interface PointInput {
  readonly atMs: number;
  readonly value: number;
  readonly attributes?: Readonly<Record<string, Scalar>>;
}

export interface SpanInput {
  readonly outcome?: Outcome;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes?: Partial<Record<keyof typeof SPAN_ATTRIBUTES, Scalar>>;
}

const CUMULATIVE = 2;

/** The resource of an attempt that started at `startedUnixMs`; any other attribute may be added by name. */
export function resourceOf(
  facts: ResourceFacts & { readonly startedUnixMs: number },
  others: Readonly<Record<string, Scalar>> = {},
): object {
  const all = {
    flow: 'TrainFlow',
    run: 'run-1',
    step: 'train',
    task: 'task-1',
    attempt: 0,
    ...facts,
  };
  const named = Object.entries(all).map(([key, value]) => [contractName(key), value] as const);
  return { attributes: keyValues(Object.fromEntries([...named, ...Object.entries(others)])) };
}

function contractName(key: string): string {
  const attribute = Object.entries(RESOURCE_ATTRIBUTES).find(([known]) => known === key)?.[1];
  if (attribute === undefined) throw new Error(`no resource attribute ${key}`);
  return attribute.name;
}

/** A metric of the contract with its own unit and instrument. */
export function metricOf(key: MetricKey, points: readonly PointInput[]): object {
  const { name, unit, instrument } = METRICS[key];
  const dataPoints = points.map(dataPoint);
  return instrument === 'gauge'
    ? { name, unit, gauge: { dataPoints } }
    : { name, unit, sum: { dataPoints, aggregationTemporality: CUMULATIVE, isMonotonic: true } };
}

export function dataPoint({ atMs, value, attributes = {} }: PointInput): object {
  return {
    timeUnixNano: nanos(atMs),
    asDouble: value,
    attributes: keyValues(attributes),
  };
}

export function metricsRequest(resource: object, metrics: readonly object[]): object {
  return { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] };
}

export function tracesRequest(resource: object, spans: readonly object[]): object {
  return { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] };
}

/** The span that closes an attempt. */
export function attemptSpan({ outcome, startMs, endMs, attributes = {} }: SpanInput): object {
  const given = { ...attributes, outcome };
  const named = Object.entries(SPAN_ATTRIBUTES).flatMap(([key, { name: attribute }]) => {
    const value = given[key as keyof typeof SPAN_ATTRIBUTES];
    return value === undefined ? [] : [[attribute, value] as const];
  });
  return {
    name: ATTEMPT_SPAN_NAME,
    startTimeUnixNano: nanos(startMs),
    endTimeUnixNano: nanos(endMs),
    attributes: keyValues(Object.fromEntries(named)),
  };
}

export function nanos(timeMs: number): string {
  return (BigInt(Math.round(timeMs)) * 1_000_000n).toString();
}

export function keyValues(attributes: Readonly<Record<string, Scalar>>): readonly object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: Scalar): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
