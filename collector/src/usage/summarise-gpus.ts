import type { TimeSeries } from './profile-cores.ts';

/** One GPU's readings. */
export interface GpuSeries {
  /** Share of time busy, 0 to 1. */
  readonly utilization?: TimeSeries;
  readonly memoryBytes?: TimeSeries;
  readonly memoryLimitBytes?: TimeSeries;
}

export interface GpuSummary {
  readonly seenCount: number;
  /** GPUs that were not seen idle all along; one without both readings counts as used. */
  readonly usedCount: number;
  /** Shares, 0 to 1; absent where only memory was read. */
  readonly peakUtilization?: number;
  readonly meanUtilization?: number;
  /** Highest use of any one GPU. */
  readonly peakMemoryMiB?: number;
  /** Of the smallest GPU seen: what any of them surely has. */
  readonly memoryLimitMiB?: number;
}

const BYTES_PER_MIB = 1024 * 1024;
/** `nvidia-smi` reports whole per cents; a process that computes shows more than one somewhere. */
export const IDLE_UTILIZATION = 0.01;
/** A process that opens the GPU at all holds a context of more than this; the driver alone holds less. */
export const IDLE_MEMORY_MIB = 64;

/** Sums up the GPUs of an attempt, undefined where it had none. Each reading holds until the next. */
export function summariseGpus(gpus: readonly GpuSeries[]): GpuSummary | undefined {
  if (gpus.length === 0) return undefined;
  const utilizations = gpus.flatMap(({ utilization }) => utilization ?? []);
  const means = utilizations.flatMap((series) => timeWeightedMean(series) ?? []);
  const peakUtilization = greatest(utilizations);
  const peakBytes = greatest(gpus.flatMap(({ memoryBytes }) => memoryBytes ?? []));
  const limits = gpus.flatMap(({ memoryLimitBytes }) => greatest([memoryLimitBytes]) ?? []);
  return {
    seenCount: gpus.length,
    usedCount: gpus.filter((gpu) => !isIdle(gpu)).length,
    ...(peakUtilization !== undefined && { peakUtilization }),
    ...(means.length > 0 && {
      meanUtilization: means.reduce((sum, mean) => sum + mean, 0) / means.length,
    }),
    ...(peakBytes !== undefined && { peakMemoryMiB: peakBytes / BYTES_PER_MIB }),
    ...(limits.length > 0 && { memoryLimitMiB: Math.min(...limits) / BYTES_PER_MIB }),
  };
}

function isIdle({ utilization, memoryBytes }: GpuSeries): boolean {
  const peakUtilization = greatest([utilization]) ?? Number.POSITIVE_INFINITY;
  const peakBytes = greatest([memoryBytes]) ?? Number.POSITIVE_INFINITY;
  return peakUtilization <= IDLE_UTILIZATION && peakBytes <= IDLE_MEMORY_MIB * BYTES_PER_MIB;
}

/** The last reading holds for no time that is known, and so counts only where it is alone. */
function timeWeightedMean({ timesMs, values }: TimeSeries): number | undefined {
  let weighted = 0;
  let totalMs = 0;
  for (let i = 0; i + 1 < values.length; i += 1) {
    const heldMs = (timesMs[i + 1] ?? 0) - (timesMs[i] ?? 0);
    weighted += (values[i] ?? 0) * heldMs;
    totalMs += heldMs;
  }
  return totalMs > 0 ? weighted / totalMs : values[0];
}

function greatest(all: readonly (TimeSeries | undefined)[]): number | undefined {
  let result: number | undefined;
  for (const series of all) {
    for (const value of series?.values ?? []) {
      if (result === undefined || value > result) result = value;
    }
  }
  return result;
}
