import { fitToGrid, type Grid, roundUp } from './bounds/grid.ts';
import { cheapestRetry, type RetryTerms } from './cheapest-retry.ts';

export interface MemoryPlan {
  readonly firstMiB: number;
  readonly secondMiB: number;
  readonly lastMiB: number;
}

/** A last attempt asks for at least twice the first, where people had declared less than that. */
const LEAST_LAST_RATIO = 2;

/**
 * What each attempt of a task asks for, given the first request, which a strategy chose with the second in
 * mind. The last is never below `declaredMiB`, what people had asked for themselves, even where that is
 * above the cap. The second is the largest need seen; where that is no more than the first, what is cheapest
 * between first and last (`cheapestRetry`).
 */
export function planMemory(input: {
  readonly firstMiB: number;
  readonly largestNeedMiB: number;
  readonly declaredMiB: number;
  readonly grid: Grid;
  readonly retry: RetryTerms;
}): MemoryPlan {
  const { firstMiB, largestNeedMiB, grid } = input;
  const declaredMiB = roundUp(input.declaredMiB, grid.step);
  const lastMiB = Math.max(declaredMiB, fitToGrid(firstMiB * LEAST_LAST_RATIO, grid), firstMiB);
  const wishMiB =
    largestNeedMiB > firstMiB ? largestNeedMiB : cheapestRetry(firstMiB, lastMiB, input.retry);
  const secondMiB = Math.max(firstMiB, fitToGrid(wishMiB, grid));
  return { firstMiB, secondMiB, lastMiB: Math.max(secondMiB, lastMiB) };
}
