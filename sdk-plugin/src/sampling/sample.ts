import type { MetricKey } from '../contract/metrics.ts';

/** A value of one series: `labels` are the contract's series attributes, in their order. */
export interface SamplePoint {
  readonly metric: MetricKey;
  readonly value: number;
  readonly labels: readonly string[];
}

/** Everything read at one moment. */
export interface Sample {
  /** Milliseconds since 1970; no two samples of an attempt fall together. */
  readonly atMs: number;
  readonly points: readonly SamplePoint[];
}

export function point(metric: MetricKey, value: number, ...labels: string[]): SamplePoint {
  return { metric, value, labels };
}
