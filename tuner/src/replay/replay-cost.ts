import type { Prices } from '../model/prices.ts';
import { type BilledRequest, hourlyCostUsd } from '../prices/hourly-cost.ts';

/** A task to replay: how long it ran, and the memory that each of its attempts would have asked for. */
export interface CostedTask {
  readonly hours: number;
  /** First attempt first; the last one succeeds. Empty attempts ask for no memory. */
  readonly requestsMiB: readonly number[];
}

/** What tasks are paid for: capacity and money together. */
export interface Paid {
  readonly gibHours: number;
  readonly coreHours: number;
  readonly gpuHours: number;
  readonly costUsd: number;
}

const MIB_PER_GIB = 1024;

/**
 * What tasks would have paid with these cores and GPUs beside their memory. Each attempt holds all of them
 * for the task's running time, `stretchRatio` times as long as measured: a failed attempt and cores that
 * stretch the time are paid for in memory and GPUs too.
 */
export function replayCost(
  tasks: readonly CostedTask[],
  beside: Omit<BilledRequest, 'memoryMiB'>,
  stretchRatio: number,
  prices: Prices,
): Paid {
  const { cpuCores = 0, gpuCount = 0 } = beside;
  const hoursByMemory = new Map<number, number>();
  for (const { hours, requestsMiB } of tasks) {
    for (const memoryMiB of requestsMiB) {
      const before = hoursByMemory.get(memoryMiB) ?? 0;
      hoursByMemory.set(memoryMiB, before + hours * stretchRatio);
    }
  }
  const paid = { gibHours: 0, coreHours: 0, gpuHours: 0, costUsd: 0 };
  for (const [memoryMiB, hours] of hoursByMemory) {
    paid.gibHours += (memoryMiB / MIB_PER_GIB) * hours;
    paid.coreHours += cpuCores * hours;
    paid.gpuHours += gpuCount * hours;
    paid.costUsd += hourlyCostUsd({ ...beside, memoryMiB }, prices) * hours;
  }
  return paid;
}
