/**
 * What both decoders produce: the parts of an OTLP request that StepFit reads, with times in milliseconds
 * and numbers as doubles. Nothing is judged yet; that is `to-usage.ts`.
 */
export interface OtlpMetricsRequest {
  readonly resources: readonly OtlpResourceMetrics[];
}

export interface OtlpTracesRequest {
  readonly resources: readonly OtlpResourceSpans[];
}

export interface OtlpResourceMetrics {
  readonly attributes: OtlpAttributes;
  readonly metrics: readonly OtlpMetric[];
}

export interface OtlpResourceSpans {
  readonly attributes: OtlpAttributes;
  readonly spans: readonly OtlpSpan[];
}

/** Scalars only: arrays, maps and bytes have no meaning in the contract and are left out. */
export type OtlpAttributes = ReadonlyMap<string, string | number | boolean>;

export type OtlpMetricKind =
  | 'gauge'
  | 'sum'
  | 'histogram'
  | 'exponential histogram'
  | 'summary'
  | 'empty';

export const TEMPORALITY = { unspecified: 0, delta: 1, cumulative: 2 } as const;

export interface OtlpMetric {
  readonly name: string;
  readonly unit: string;
  readonly kind: OtlpMetricKind;
  /** Of a sum: one of `TEMPORALITY`; 0 for the rest. */
  readonly temporality: number;
  readonly isMonotonic: boolean;
  /** Empty for histograms and summaries, whose points are only counted. */
  readonly points: readonly OtlpPoint[];
  readonly pointCount: number;
}

export interface OtlpPoint {
  /** Milliseconds since 1970, rounded down. */
  readonly timeMs: number;
  /** Absent where the point carries no number, or says that none was recorded. */
  readonly value: number | undefined;
  readonly attributes: OtlpAttributes;
}

export interface OtlpSpan {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: OtlpAttributes;
}

/** Bounds under which a decoder gives up on a request as a whole. */
export interface DecodeLimits {
  readonly maxAttributes: number;
  readonly maxPoints: number;
}

/** Bit of a point's flags: nothing was recorded, whatever the value says. */
export const NO_RECORDED_VALUE = 1;
