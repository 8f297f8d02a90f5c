import type { Distribution } from './distribution.ts';

/** What a failed first attempt costs, in the unit of the needs (a time is charged separately). */
export interface FailureTerms {
  /** Share of the run after which an attempt runs out of memory. */
  readonly failedShare: number;
  /** What a failure costs people, whatever was allocated. */
  readonly price: number;
}

export interface LeastWaste {
  readonly allocation: number;
  readonly waste: number;
}

/** The first retry of a shadow: just above the largest need it holds plausible. */
const ABOVE_LARGEST = 1.02;

export function retryAt(distribution: Distribution): number {
  return ABOVE_LARGEST * distribution.largest;
}

/** Index of the last of the ascending `points` that is not above `limit`; −1 for none. */
function lastUpTo(points: Float64Array, limit: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((points[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function sumAt(sums: Float64Array, index: number): number {
  return index < 0 ? 0 : (sums[index] as number);
}

/** Expected waste of allocating `allocation`: what is left over, or the lost attempt, its price, and the retry's. */
export function expectedWaste(
  distribution: Distribution,
  allocation: number,
  terms: FailureTerms,
): number {
  const covered = lastUpTo(distribution.points, allocation);
  return wasteAt(distribution, { covered, retried: lastRetried(distribution) }, allocation, terms);
}

function lastRetried(distribution: Distribution): number {
  return lastUpTo(distribution.points, retryAt(distribution));
}

/** The same, given the indices of the last points that the allocation and the retry cover. */
function wasteAt(
  distribution: Distribution,
  { covered, retried }: { readonly covered: number; readonly retried: number },
  allocation: number,
  terms: FailureTerms,
): number {
  const { points, weightUpTo, needUpTo } = distribution;
  const retry = retryAt(distribution);
  const enough = sumAt(weightUpTo, covered);
  const leftOver = allocation * enough - sumAt(needUpTo, covered);
  const failing = Math.max(sumAt(weightUpTo, points.length - 1) - enough, 0);
  const lost = failing * (terms.failedShare * allocation + terms.price);
  const last = Math.max(retried, covered);
  const retryWaste =
    retry * (sumAt(weightUpTo, last) - enough) - (sumAt(needUpTo, last) - sumAt(needUpTo, covered));
  return leftOver + lost + Math.max(retryWaste, 0);
}

/**
 * The allocation of least expected waste, none below the least need that is plausible without smoothing.
 * Between two points waste only rises, so the minimum lies at a point.
 */
export function findLeastWaste(distribution: Distribution, terms: FailureTerms): LeastWaste {
  const { points } = distribution;
  const retried = lastRetried(distribution);
  let best = { allocation: points[0] as number, waste: Number.POSITIVE_INFINITY };
  for (let i = 0; i < points.length; i++) {
    const allocation = points[i] as number;
    if (allocation < distribution.least || (points[i + 1] as number) === allocation) continue;
    const waste = wasteAt(distribution, { covered: i, retried }, allocation, terms);
    if (waste < best.waste) best = { allocation, waste };
  }
  return best;
}

const MAX_ATTEMPTS = 20;

/** What `allocation` would have wasted on an attempt that turned out to need `need`. */
export function realisedWaste(
  allocation: number,
  retry: number,
  need: number,
  terms: FailureTerms,
): number {
  let current = allocation;
  let waste = 0;
  for (let attempt = 0; current < need && attempt < MAX_ATTEMPTS; attempt++) {
    waste += terms.failedShare * current + terms.price;
    current = Math.max(retry > ABOVE_LARGEST * current ? retry : 2 * current, Number.MIN_VALUE);
  }
  return waste + Math.max(current - need, 0);
}
