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
  /**
   * Cores wanted: used, plus waited for, or held back by a CPU limit. Absent where neither was measured to
   * the end.
   */
  readonly wanted?: CpuUsage;
  readonly gpu?: GpuSummary;
}

/** Metrics that settling reads. */
export const SETTLED_METRICS = [
  METRICS.cpuTime.name,
  METRICS.cpuWait.name,
  METRICS.cpuThrottled.name,
  METRICS.gpuUtilization.name,
  METRICS.gpuMemoryUsage.name,
  METRICS.gpuMemoryLimit.name,
] as const;

/** What is kept for ever of an attempt's series, which are those of `SETTLED_METRICS`. */
export function settleUsage(attempt: EndedAttempt, series: readonly StoredSeries[]): SettledUsage {
  const { startedAtMs, endedAtMs, cpuSeconds } = attempt;
  const modes = series.filter(
    ({ metric, series: mode }) => metric === METRICS.cpuTime.name && !isIdleCpuMode(mode),
  );
  const cpu = profileCores({
    modes,
    startedAtMs,
    ...(cpuSeconds !== undefined && { end: { timeMs: endedAtMs, cpuSeconds } }),
  });
  const wanted = profileWanted(attempt, modes, series);
  const gpu = summariseGpus(toGpus(series));
  return present({ cpu, wanted, gpu });
}

function profileWanted(
  { startedAtMs, endedAtMs, cpuSeconds }: EndedAttempt,
  modes: readonly TimeSeries[],
  series: readonly StoredSeries[],
): CpuUsage | undefined {
  const lastMs = Math.max(...modes.map(({ timesMs }) => timesMs.at(-1) ?? 0));
  const wait =
    measuredUntil(lastMs, METRICS.cpuWait.name, series) ??
    measuredUntil(lastMs, METRICS.cpuThrottled.name, series);
  if (wait === undefined) return undefined;
  const waitSeconds = wait.values.at(-1) ?? 0;
  return profileCores({
    modes: [...modes, wait],
    startedAtMs,
    ...(cpuSeconds !== undefined && {
      end: { timeMs: endedAtMs, cpuSeconds: cpuSeconds + waitSeconds },
    }),
  });
}

/**
 * The series of a metric that was measured to the end: a sampler that gave up measuring leaves one that ends
 * early, which shows nothing. Where a limit never held anything back, that it did not is no measure of waiting.
 */
function measuredUntil(
  lastMs: number,
  name: string,
  series: readonly StoredSeries[],
): StoredSeries | undefined {
  const found = series.find(({ metric }) => metric === name);
  if (found === undefined || (found.timesMs.at(-1) ?? 0) < lastMs) return undefined;
  return name === METRICS.cpuThrottled.name && found.values.at(-1) === 0 ? undefined : found;
}

const GPU_METRICS: ReadonlySet<string> = new Set([
  METRICS.gpuUtilization.name,
  METRICS.gpuMemoryUsage.name,
  METRICS.gpuMemoryLimit.name,
]);

function toGpus(series: readonly StoredSeries[]): readonly GpuSeries[] {
  const ofGpus = series.filter(({ metric }) => GPU_METRICS.has(metric));
  return [...Map.groupBy(ofGpus, (one) => one.series).values()].map((ofOne) => {
    const byMetric = new Map(ofOne.map((one) => [one.metric, one]));
    return present({
      utilization: byMetric.get(METRICS.gpuUtilization.name),
      memoryBytes: byMetric.get(METRICS.gpuMemoryUsage.name),
      memoryLimitBytes: byMetric.get(METRICS.gpuMemoryLimit.name),
    });
  });
}
