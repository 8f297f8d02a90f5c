import { METRICS } from '@stepfit/sdk-plugin/contract/metrics';

import { present } from '../otlp/present.ts';
import { isIdleCpuMode } from './cpu-modes.ts';
import { type CpuUsage, profileCores, type TimeSeries } from './profile-cores.ts';
import { type GpuSeries, type GpuSummary, summariseGpus } from './summarise-gpus.ts';

/** One stored series of an attempt. */
export interface StoredSeries extends TimeSeries {
  readonly metric: string;
  readonly series: string;
}

/** The times and total of an attempt that has ended. */
export interface EndedAttempt {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly cpuSeconds?: number;
}

export interface SettledUsage {
  readonly cpu?: CpuUsage;
  readonly gpu?: GpuSummary;
}

/** Metrics that settling reads. */
export const SETTLED_METRICS = [
  METRICS.cpuTime.name,
  METRICS.gpuUtilization.name,
  METRICS.gpuMemoryUsage.name,
  METRICS.gpuMemoryLimit.name,
] as const;

/** What is kept for ever of an attempt's series, which are those of `SETTLED_METRICS`. */
export function settleUsage(attempt: EndedAttempt, series: readonly StoredSeries[]): SettledUsage {
  const { startedAtMs, endedAtMs, cpuSeconds } = attempt;
  const cpu = profileCores({
    modes: series.filter(
      ({ metric, series: mode }) => metric === METRICS.cpuTime.name && !isIdleCpuMode(mode),
    ),
    startedAtMs,
    ...(cpuSeconds !== undefined && { end: { timeMs: endedAtMs, cpuSeconds } }),
  });
  const gpu = summariseGpus(toGpus(series));
  return { ...(cpu !== undefined && { cpu }), ...(gpu !== undefined && { gpu }) };
}

function toGpus(series: readonly StoredSeries[]): readonly GpuSeries[] {
  const ofGpus = series.filter(({ metric }) => metric !== METRICS.cpuTime.name);
  return [...Map.groupBy(ofGpus, (one) => one.series).values()].map((ofOne) => {
    const byMetric = new Map(ofOne.map((one) => [one.metric, one]));
    return present({
      utilization: byMetric.get(METRICS.gpuUtilization.name),
      memoryBytes: byMetric.get(METRICS.gpuMemoryUsage.name),
      memoryLimitBytes: byMetric.get(METRICS.gpuMemoryLimit.name),
    });
  });
}
