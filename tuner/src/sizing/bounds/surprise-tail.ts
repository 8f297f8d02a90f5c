import type { MemoryObservation } from '../memory-observation.ts';
import { failureUpperBound } from './failure-bound.ts';

/** Fewer surprises than this say less than the supposition that stands in for them. */
export const MIN_SURPRISES = 10;
/** Of each step the newest ones: a step that grows all the time must not speak for all. */
const MOST_PER_STEP = 10;

/**
 * How often and how far a step's need has gone beyond all that it had shown before: each new largest need
 * over the largest before it, oldest first, once `minAttempts` attempts had been seen.
 */
export function surprisesOf(
  observations: readonly MemoryObservation[],
  minAttempts: number,
): number[] {
  const surprises: number[] = [];
  let largestMiB = 0;
  let seen = 0;
  for (const { needMiB, knowledge } of observations) {
    if (knowledge === 'at-least') continue;
    if (seen >= minAttempts && largestMiB > 0 && needMiB > largestMiB) {
      surprises.push(needMiB / largestMiB);
    }
    largestMiB = Math.max(largestMiB, needMiB);
    seen += 1;
  }
  return surprises.slice(-MOST_PER_STEP);
}

/**
 * Share of the needs beyond a largest one that go beyond `ratio` times it, at most, by what the project's
 * other steps have shown: Clopper–Pearson on how many of their surprises did, and beyond the furthest of
 * them the supposed tail, as `exceedance` has it for needs. Supposes that a step's next surprise is like
 * those of its neighbours.
 *
 * @param surprises ascending, each above 1.
 */
export function surpriseShare(
  surprises: readonly number[],
  ratio: number,
  { confidence, tailIndex }: { readonly confidence: number; readonly tailIndex: number },
): number {
  let low = 0;
  let high = surprises.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((surprises[middle] ?? 0) > ratio) high = middle;
    else low = middle + 1;
  }
  const furthest = surprises.at(-1) ?? 1;
  const further = failureUpperBound(surprises.length - low, surprises.length, confidence);
  return ratio > furthest ? further * (ratio / furthest) ** -tailIndex : further;
}
