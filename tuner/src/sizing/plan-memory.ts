import { fitToGrid, type Grid, roundUp } from './bounds/grid.ts';

export interface MemoryPlan {
  readonly firstMiB: number;
  readonly secondMiB: number;
  readonly lastMiB: number;
}

/** How much a retry grows when the largest need seen is no more than the first request. */
const RETRY_RATIO = 1.5;

/**
 * What each attempt of a task asks for, given the first request. The second is the largest need seen
 * (or the strategy's own wish); where that is no more than the first, half as much again. The last is
 * never below `declaredMiB`, what people had asked for themselves, even where that is above the cap.
 */
export function planMemory(input: {
  readonly firstMiB: number;
  readonly secondMiB?: number;
  readonly largestNeedMiB: number;
  readonly declaredMiB: number;
  readonly grid: Grid;
}): MemoryPlan {
  const { firstMiB, grid } = input;
  const wishMiB = Math.max(input.secondMiB ?? 0, input.largestNeedMiB);
  const secondMiB = Math.max(
    firstMiB,
    fitToGrid(wishMiB > firstMiB ? wishMiB : firstMiB * RETRY_RATIO, grid),
  );
  return {
    firstMiB,
    secondMiB,
    lastMiB: Math.max(secondMiB, roundUp(input.declaredMiB, grid.step)),
  };
}
