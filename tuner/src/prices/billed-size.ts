import type { Prices, SizeGrid, SizeRow } from '../model/prices.ts';

/** Cores and memory of a task. */
export interface TaskSize {
  readonly cpuCores: number;
  readonly memoryMiB: number;
}

/** Sums of fractions, such as 0.1 + 0.2 cores, may miss a size by a few units in the last place. */
const SLACK = 1e-9;

/**
 * The cheapest valid size with at least these cores and this memory; of equal prices the one with fewer
 * cores, then with less memory. Undefined where no valid size is large enough. What the backend adds to a
 * request is not part of it: the size is the most that may be asked for.
 *
 * Within a row more memory never costs less, so the least that covers the need stands for the row.
 */
export function billedSize(
  { cpuCores, memoryMiB }: TaskSize,
  grid: SizeGrid,
  prices: Pick<Prices, 'cpuCoreHourUsd' | 'memoryGibHourUsd'>,
): TaskSize | undefined {
  return grid.rows
    .filter((row) => row.cpuCores >= cpuCores - SLACK)
    .flatMap((row) => leastMemory(row, memoryMiB, grid.overheadMiB) ?? [])
    .toSorted(
      (a, b) =>
        linearUsd(a, prices) - linearUsd(b, prices) ||
        a.cpuCores - b.cpuCores ||
        a.memoryMiB - b.memoryMiB,
    )[0];
}

/** Every number of cores that some valid size has, ascending. */
export function gridCores(grid: SizeGrid): number[] {
  return [...new Set(grid.rows.map(({ cpuCores }) => cpuCores))].toSorted((a, b) => a - b);
}

/** The row's size of least memory that covers the need. */
function leastMemory(
  { cpuCores, memoryMinMiB, memoryMaxMiB, memoryStepMiB }: SizeRow,
  needMiB: number,
  overheadMiB = 0,
): TaskSize | undefined {
  const leastMiB = needMiB + overheadMiB;
  const steps = Math.max(0, Math.ceil((leastMiB - memoryMinMiB) / memoryStepMiB - SLACK));
  const memoryMiB = memoryMinMiB + steps * memoryStepMiB;
  const isValid = memoryMiB <= memoryMaxMiB + SLACK && memoryMiB > overheadMiB;
  return isValid ? { cpuCores, memoryMiB: memoryMiB - overheadMiB } : undefined;
}

function linearUsd(
  { cpuCores, memoryMiB }: TaskSize,
  { cpuCoreHourUsd, memoryGibHourUsd }: Pick<Prices, 'cpuCoreHourUsd' | 'memoryGibHourUsd'>,
): number {
  return cpuCores * cpuCoreHourUsd + (memoryMiB / 1024) * memoryGibHourUsd;
}
