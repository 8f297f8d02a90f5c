import type * as Api from '@opentelemetry/api';
import type { Attributes, Meter, ObservableResult } from '@opentelemetry/api';

import type { AttemptEnd, AttemptFacts, AttemptIdentity, Features } from '../attempt/attempt.ts';
import {
  ATTEMPT_SPAN_NAME,
  FEATURE_PREFIX,
  RESOURCE_ATTRIBUTES,
  SPAN_ATTRIBUTES,
} from '../contract/attributes.ts';
import { type MetricContract, type MetricKey, METRICS } from '../contract/metrics.ts';
import { spanValues, type Totals } from '../otlp/encoder.ts';
import type { Sample, SamplePoint } from '../sampling/sample.ts';
import { SAMPLER } from '../version.ts';

/** The program's own exporters may hang; the step does not wait for them. */
const FLUSH_WITHIN_MS = 2_000;

export interface ProgramAttempt {
  readonly identity: AttemptIdentity;
  readonly startedMs: number;
  readonly facts: AttemptFacts;
  readonly features: Features;
}

interface Flushable {
  forceFlush(): Promise<void>;
}

/** The newest points of one attempt, which the program's metric reader asks for whenever it collects. */
interface Shown {
  readonly attributes: Attributes;
  readonly points: Map<string, SamplePoint>;
}

/**
 * Reports through the OpenTelemetry SDK that the program has set up. Its resource is the program's, so that the
 * attempt's identity travels with each point and span; the collector knows both ways.
 */
export class ProgramTelemetry {
  readonly #api: typeof Api;
  readonly #meter: Meter;
  readonly #flushable: readonly Flushable[];
  readonly #shown = new Set<Shown>();

  private constructor(api: typeof Api, flushable: readonly Flushable[]) {
    const [name = '', version] = SAMPLER.split('/');
    this.#api = api;
    this.#flushable = flushable;
    this.#meter = api.metrics.getMeter(name, version);
    for (const [key, metric] of Object.entries(METRICS)) this.#observe(key as MetricKey, metric);
  }

  /** `undefined` unless the program has set providers of both metrics and traces. */
  static async find(): Promise<ProgramTelemetry | undefined> {
    try {
      const api = await import('@opentelemetry/api');
      const metrics: unknown = api.metrics.getMeterProvider();
      const traces: unknown = api.trace.getTracerProvider();
      const delegate = hasDelegate(traces) ? traces.getDelegate() : traces;
      // The API's own providers, which do nothing, have nothing to flush.
      return isFlushable(metrics) && isFlushable(delegate)
        ? new ProgramTelemetry(api, [metrics, delegate])
        : undefined;
    } catch {
      return undefined;
    }
  }

  /** Begins to show an attempt's samples to the program's metric readers. */
  show(attempt: ProgramAttempt): {
    readonly take: (sample: Sample) => void;
    readonly end: (end: AttemptEnd, totals: Totals) => Promise<void>;
  } {
    const shown: Shown = { attributes: attributesOf(attempt), points: new Map() };
    this.#shown.add(shown);
    return {
      take: ({ points }) => {
        for (const one of points) shown.points.set([one.metric, ...one.labels].join('/'), one);
      },
      end: async (end, totals) => {
        this.#endSpan(attempt, shown.attributes, end, totals);
        await this.#flush();
        this.#shown.delete(shown);
      },
    };
  }

  #observe(
    key: MetricKey,
    { name, unit, description, instrument, seriesAttributes }: MetricContract,
  ): void {
    const options = { unit, description };
    const observable =
      instrument === 'counter'
        ? this.#meter.createObservableCounter(name, options)
        : this.#meter.createObservableGauge(name, options);
    observable.addCallback((result: ObservableResult) => {
      for (const { attributes, points } of this.#shown) {
        for (const { metric, value, labels } of points.values()) {
          if (metric !== key) continue;
          const series: Attributes = {};
          for (const [at, label] of labels.entries()) series[seriesAttributes[at] ?? ''] = label;
          result.observe(value, { ...attributes, ...series });
        }
      }
    });
  }

  #endSpan(attempt: ProgramAttempt, attributes: Attributes, end: AttemptEnd, totals: Totals): void {
    const { trace, SpanStatusCode } = this.#api;
    const [name = '', version] = SAMPLER.split('/');
    const span = trace.getTracer(name, version).startSpan(ATTEMPT_SPAN_NAME, {
      startTime: attempt.startedMs,
      attributes: {
        ...attributes,
        ...named(SPAN_ATTRIBUTES, spanValues(end, totals)),
      },
    });
    const code = end.outcome === 'succeeded' ? SpanStatusCode.OK : SpanStatusCode.ERROR;
    span.setStatus({ code });
    span.end(Math.max(attempt.startedMs, end.endedMs));
  }

  async #flush(): Promise<void> {
    const flushed = Promise.allSettled(this.#flushable.map((one) => one.forceFlush()));
    await Promise.race([
      flushed,
      new Promise((resolve) => setTimeout(resolve, FLUSH_WITHIN_MS).unref()),
    ]);
  }
}

function attributesOf({ identity, startedMs, facts, features }: ProgramAttempt): Attributes {
  return {
    ...named(RESOURCE_ATTRIBUTES, {
      ...facts,
      ...identity,
      startedUnixMs: startedMs,
      samplerVersion: SAMPLER,
    }),
    ...Object.fromEntries(
      Object.entries(features).map(([name, value]) => [FEATURE_PREFIX + name, value]),
    ),
  };
}

function named(
  contract: Readonly<Record<string, { readonly name: string }>>,
  values: Readonly<Record<string, string | number | undefined>>,
): Attributes {
  return Object.fromEntries(
    Object.entries(contract).flatMap(([key, { name }]) =>
      values[key] === undefined ? [] : [[name, values[key]]],
    ),
  );
}

function isFlushable(value: unknown): value is Flushable {
  return typeof value === 'object' && value !== null && 'forceFlush' in value;
}

function hasDelegate(value: unknown): value is { getDelegate(): unknown } {
  return typeof value === 'object' && value !== null && 'getDelegate' in value;
}
