import { fitToGrid, type Grid, roundUp } from './bounds/grid.ts';

export interface MemoryPlan {
  readonly firstMiB: number;
  readonly secondMiB: number;
  readonly lastMiB: number;
}

/** How much a retry grows when the largest need seen is no more than the first request. */
const RETRY_RATIO = 1.5;

/**
 * What each attempt of a task asks for, given the first request, which a strategy chose with the second in
 * mind. The second is the largest need seen; where that is no more than the first, half as much again. The last is
 * never below `declaredMiB`, what people had asked for themselves, even where that is above the cap.
 */
export function planMemory(input: {
  readonly firstMiB: number;
  readonly largestNeedMiB: number;
  readonly declaredMiB: number;
  readonly grid: Grid;
}): MemoryPlan {
  const { firstMiB, largestNeedMiB, grid } = input;
  const wishMiB = largestNeedMiB > firstMiB ? largestNeedMiB : firstMiB * RETRY_RATIO;
  const secondMiB = Math.max(firstMiB, fitToGrid(wishMiB, grid));
  return {
    firstMiB,
    secondMiB,
    lastMiB: Math.max(secondMiB, roundUp(input.declaredMiB, grid.step)),
  };
}
