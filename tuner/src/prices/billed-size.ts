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
 * cores, then with less memory. Undefined where no valid size is large enough.
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
    .flatMap((row) => leastMemory(row, memoryMiB) ?? [])
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

/** The largest memory that some valid size has, MiB. */
export function gridMemoryMiB(grid: SizeGrid): number {
  return Math.max(
    ...grid.rows.map(({ memoryMinMiB, memoryMaxMiB, memoryStepMiB }) => {
      const steps = Math.floor((memoryMaxMiB - memoryMinMiB) / memoryStepMiB + SLACK);
      return memoryMinMiB + steps * memoryStepMiB;
    }),
  );
}

/** The row's size of least memory that covers the need. */
function leastMemory(
  { cpuCores, memoryMinMiB, memoryMaxMiB, memoryStepMiB }: SizeRow,
  needMiB: number,
): TaskSize | undefined {
  const steps = Math.max(0, Math.ceil((needMiB - memoryMinMiB) / memoryStepMiB - SLACK));
  const memoryMiB = memoryMinMiB + steps * memoryStepMiB;
  return memoryMiB <= memoryMaxMiB + SLACK ? { cpuCores, memoryMiB } : undefined;
}

function linearUsd(
  { cpuCores, memoryMiB }: TaskSize,
  { cpuCoreHourUsd, memoryGibHourUsd }: Pick<Prices, 'cpuCoreHourUsd' | 'memoryGibHourUsd'>,
): number {
  return cpuCores * cpuCoreHourUsd + (memoryMiB / 1024) * memoryGibHourUsd;
}
