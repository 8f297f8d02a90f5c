import {
  type AttemptEnd,
  type AttemptFacts,
  attemptIds,
  type AttemptIdentity,
  type Features,
} from '../attempt/attempt.ts';
import {
  ATTEMPT_SPAN_NAME,
  type AttributeContract,
  FEATURE_PREFIX,
  RESOURCE_ATTRIBUTES,
  SPAN_ATTRIBUTES,
} from '../contract/attributes.ts';
import { type MetricContract, METRICS } from '../contract/metrics.ts';
import type { Peak } from '../sampling/peak.ts';
import type { Sample, SamplePoint } from '../sampling/sample.ts';

/**
 * OTLP/JSON is the protobuf JSON mapping, with 64-bit integers as strings and ids as hexadecimal
 * (opentelemetry-proto, docs/specification.md).
 */
const CUMULATIVE = 2;
const SPAN_KIND_INTERNAL = 1;
const STATUS_OK = 1;
const STATUS_ERROR = 2;

type Json = Readonly<Record<string, unknown>>;

export interface EncoderOptions {
  readonly identity: AttemptIdentity;
  readonly startedMs: number;
  readonly facts: AttemptFacts;
  readonly features: Features;
  /** Name and version of the sampler: `stepfit-sdk/0.1.0`. */
  readonly sampler: string;
}

/** What the span says of the attempt besides how it ended. */
export interface Totals {
  readonly peak: Pick<Peak, 'bytes' | 'source'>;
  readonly cpuS: number;
}

/** Writes samples and the closing span of one attempt in OTLP's JSON encoding. Pure. */
export class Encoder {
  readonly #options: EncoderOptions;
  readonly #scope: Json;
  #resource: Json;

  constructor(options: EncoderOptions) {
    this.#options = options;
    const [name, version] = options.sampler.split('/');
    this.#scope = { name, version };
    this.#resource = { attributes: resourceAttributes(options) };
  }

  /** Adds what was not known at the start; exports from here on carry it. */
  learn(facts: AttemptFacts): void {
    const known = { ...this.#options, facts: { ...facts, ...this.#options.facts } };
    this.#resource = { attributes: resourceAttributes(known) };
  }

  /** An export request with every point of the samples, series by series. */
  metrics(samples: readonly Sample[]): Json {
    const metrics = new Map<string, { metric: MetricContract; points: Json[] }>();
    for (const { atMs, points } of samples) {
      for (const point of points) {
        const metric: MetricContract = METRICS[point.metric];
        const known = metrics.get(metric.name) ?? { metric, points: [] };
        known.points.push(this.#point(metric, point, atMs));
        metrics.set(metric.name, known);
      }
    }
    const content = [...metrics.values()].map(({ metric, points }) => toMetric(metric, points));
    return this.#envelope('resourceMetrics', 'scopeMetrics', { metrics: content });
  }

  /**
   * An export request with the one span that closes the attempt. Its ids are the attempt's, so sending it twice
   * is sending it once.
   */
  span(end: AttemptEnd, totals: Totals): Json {
    const { identity, startedMs } = this.#options;
    const span = {
      ...attemptIds(identity),
      name: ATTEMPT_SPAN_NAME,
      kind: SPAN_KIND_INTERNAL,
      startTimeUnixNano: unixNano(startedMs),
      endTimeUnixNano: unixNano(Math.max(startedMs, end.endedMs)),
      attributes: toAttributes(SPAN_ATTRIBUTES, spanValues(end, totals)),
      status: { code: end.outcome === 'succeeded' ? STATUS_OK : STATUS_ERROR },
    };
    return this.#envelope('resourceSpans', 'scopeSpans', { spans: [span] });
  }

  #envelope(resources: string, scopes: string, content: Json): Json {
    const scope = { scope: this.#scope, ...content };
    return { [resources]: [{ resource: this.#resource, [scopes]: [scope] }] };
  }

  #point(metric: MetricContract, { value, labels }: SamplePoint, atMs: number): Json {
    const isInteger = Number.isInteger(value) && metric.unit !== 's' && metric.unit !== '1';
    return {
      timeUnixNano: unixNano(atMs),
      ...(metric.instrument === 'counter' && {
        startTimeUnixNano: unixNano(this.#options.startedMs),
      }),
      ...(isInteger ? { asInt: String(value) } : { asDouble: value }),
      ...(labels.length > 0 && {
        attributes: labels.map((label, at) => ({
          key: metric.seriesAttributes[at],
          value: { stringValue: label },
        })),
      }),
    };
  }
}

/** The span's attributes by the contract's keys. */
export function spanValues(
  { outcome, evidence, exitCode, exceptionType }: AttemptEnd,
  { peak, cpuS }: Totals,
): Readonly<Partial<Record<keyof typeof SPAN_ATTRIBUTES, string | number>>> {
  return {
    outcome,
    outcomeEvidence: evidence,
    cpuSeconds: cpuS,
    ...(peak.bytes > 0 && { peakMemoryBytes: peak.bytes, peakMemorySource: peak.source }),
    ...(exitCode !== undefined && { exitCode }),
    ...(exceptionType !== undefined && { exceptionType }),
  };
}

function toMetric({ name, unit, instrument }: MetricContract, dataPoints: readonly Json[]): Json {
  return instrument === 'counter'
    ? {
        name,
        unit,
        sum: { dataPoints, aggregationTemporality: CUMULATIVE, isMonotonic: true },
      }
    : { name, unit, gauge: { dataPoints } };
}

function resourceAttributes({
  identity,
  startedMs,
  facts,
  features,
  sampler,
}: EncoderOptions): Json[] {
  const values = { ...facts, ...identity, startedUnixMs: startedMs, samplerVersion: sampler };
  return [
    ...toAttributes(RESOURCE_ATTRIBUTES, values),
    ...Object.entries(features)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => ({ key: FEATURE_PREFIX + name, value: anyValue(value) })),
  ];
}

function toAttributes(
  contract: Readonly<Record<string, AttributeContract>>,
  values: Readonly<Record<string, string | number | undefined>>,
): Json[] {
  return Object.entries(contract).flatMap(([key, { name, type }]) => {
    const value = values[key];
    return value === undefined ? [] : [{ key: name, value: typedValue(type, value) }];
  });
}

function typedValue(type: AttributeContract['type'], value: string | number): Json {
  if (type === 'double') return { doubleValue: Number(value) };
  if (type === 'int') return { intValue: String(Math.trunc(Number(value))) };
  return { stringValue: String(value) };
}

/** A feature as OTLP's AnyValue. */
function anyValue(value: number | string | boolean): Json {
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'string') return { stringValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

function unixNano(ms: number): string {
  return `${Math.trunc(ms)}000000`;
}
