import type { StepReplay } from '../../../src/http/schemas/replay.ts';

/** Values a slider stops at in each doubling of the memory. */
const STOPS_PER_DOUBLING = 16;

/**
 * Memory requests that the slider stops at, MiB, ascending: multiples of the policy's step, evenly by ratio, from
 * below the least need, so that one sees attempts fail, to beyond what is asked for; what is asked for and
 * suggested among them.
 */
export function memoryStops(replay: StepReplay): number[] {
  const { grid, current, suggestedPlan, attempts } = replay;
  const largestMiB = Math.max(0, ...attempts.needMiB);
  const special = [current.memoryMiB, suggestedPlan?.firstMiB].filter((stop) => stop !== undefined);
  const least = Math.max(
    grid.step,
    Math.floor((Math.min(...attempts.needMiB) * 0.8) / grid.step) * grid.step,
  );
  const most = Math.max(largestMiB * 1.5, least * 4, grid.floor * 2, ...special);
  const count = Math.ceil(Math.log2(most / least) * STOPS_PER_DOUBLING);
  const stops = Array.from({ length: count + 1 }, (_, index) => {
    const value = least * 2 ** (index / STOPS_PER_DOUBLING);
    return Math.ceil(value / grid.step) * grid.step;
  });
  return [...new Set([...stops, ...special])].toSorted((a, b) => a - b);
}

/** Index of the stop nearest to a value, by ratio. */
export function nearestStop(stops: readonly number[], value: number): number {
  const distances = stops.map((stop) => Math.abs(Math.log2(stop / value)));
  return distances.indexOf(Math.min(...distances));
}

/** Counts of cores that the slider stops at: those whose running time is known. */
export function coreStops({ stretches, current }: StepReplay): number[] {
  const known = stretches.map(({ cpuCores }) => cpuCores);
  const stops = current.cpuCores === undefined ? known : [...known, current.cpuCores];
  return [...new Set(stops)].toSorted((a, b) => a - b);
}
