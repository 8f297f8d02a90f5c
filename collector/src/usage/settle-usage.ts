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
  /** Seconds waited for a core; absent where that was not measured to the end. */
  readonly waitSeconds?: number;
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
  const lastMs = Math.max(...modes.map(({ timesMs }) => timesMs.at(-1) ?? 0));
  const waited = measuredUntil(lastMs, METRICS.cpuWait.name, series);
  const wanted = profileWanted(
    attempt,
    modes,
    waited ?? measuredUntil(lastMs, METRICS.cpuThrottled.name, series),
  );
  const waitSeconds =
    cpu === undefined || wanted === undefined || waited === undefined
      ? undefined
      : wanted.cpuSeconds - cpu.cpuSeconds;
  const gpu = summariseGpus(toGpus(series));
  return present({ cpu, wanted, waitSeconds, gpu });
}

/** What a limit held back is part of the waiting, so that it counts by itself only where that is unknown. */
function profileWanted(
  { startedAtMs, endedAtMs, cpuSeconds }: EndedAttempt,
  modes: readonly TimeSeries[],
  wait: StoredSeries | undefined,
): CpuUsage | undefined {
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
 * early, which shows nothing. Nor does a limit that never held anything back: others may have had the cores.
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
