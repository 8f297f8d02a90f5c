import { fitToGrid, type Grid, roundUp } from './grid.ts';

/** Where a number of cores may lie: a grid, or the only counts there are, ascending, between its bounds. */
export interface CoreGrid extends Grid {
  readonly counts?: readonly number[];
}

/** More counts than this add nothing to a choice, however fine the grid. */
const MAX_COUNTS = 256;

/**
 * Every count from the floor up to the first that is at least `most`, ascending; of more than 256, every
 * n-th. Never empty.
 */
export function coreCounts(grid: CoreGrid, most: number): number[] {
  const highest = fitCores(most, grid);
  const listed = countsWithin(grid);
  if (listed.length > 0) return listed.filter((cores) => cores <= highest);
  const lowest = fitToGrid(grid.floor, grid);
  const spread = Math.max(grid.step, roundUp((highest - lowest) / MAX_COUNTS, grid.step));
  const counts = [highest];
  // From the top, so that the highest is among them however far apart they are.
  for (let cores = highest; cores > lowest;) {
    cores = fitToGrid(cores - spread, grid);
    counts.push(cores);
  }
  return counts.toReversed();
}

/** The least count that is at least `cores`, or the largest there is. */
export function fitCores(cores: number, grid: CoreGrid): number {
  const listed = countsWithin(grid);
  return listed.find((count) => count >= cores) ?? listed.at(-1) ?? fitToGrid(cores, grid);
}

/** Counts of the list between floor and cap; empty where there is no list, or nothing of it between them. */
function countsWithin({ counts = [], floor, cap }: CoreGrid): readonly number[] {
  return counts.filter((count) => count >= floor && count <= cap);
}

/** Some of `counts`, at most `limit`, ascending: those of `kept`, and others at about equal ratios. */
export function thinned(
  counts: readonly number[],
  kept: readonly number[],
  limit: number,
): number[] {
  const chosen = new Set(kept);
  const rest = counts.filter((count) => !chosen.has(count));
  const room = Math.max(0, limit - chosen.size);
  if (rest.length <= room) return [...chosen, ...rest].toSorted((a, b) => a - b);
  const ratio = (rest.at(-1) ?? 1) / (rest[0] ?? 1);
  for (let place = 0; place < room; place += 1) {
    const wish = (rest[0] ?? 1) * ratio ** (place / Math.max(1, room - 1));
    const free = rest.filter((count) => !chosen.has(count));
    chosen.add(free.reduce((a, b) => (Math.abs(b - wish) < Math.abs(a - wish) ? b : a)));
  }
  return [...chosen].toSorted((a, b) => a - b);
}
