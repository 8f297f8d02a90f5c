import type { MetricKey } from '../contract/metrics.ts';
import type { GpuReading } from '../readers/gpu-reading.ts';

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

/** What a card reported, a series for each GPU. */
export function gpuPoints(gpu: GpuReading): SamplePoint[] {
  const values = [
    ['gpuUtilization', gpu.utilization],
    ['gpuMemoryUsage', gpu.memoryUsedBytes],
    ['gpuMemoryLimit', gpu.memoryTotalBytes],
  ] as const;
  return values.flatMap(([metric, value]) =>
    value === undefined ? [] : [point(metric, value, gpu.uuid)],
  );
}
