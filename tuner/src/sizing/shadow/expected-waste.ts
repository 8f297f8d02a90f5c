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

/** Expected waste of allocating `allocation`: what is left over, or the lost attempt, its price, and the retry's. */
export function expectedWaste(
  distribution: Distribution,
  allocation: number,
  terms: FailureTerms,
): number {
  const { points, weights } = distribution;
  const retry = retryAt(distribution);
  const lost = terms.failedShare * allocation + terms.price;
  let waste = 0;
  for (let i = 0; i < points.length; i++) {
    const need = points[i] as number;
    waste +=
      (weights[i] as number) *
      (need <= allocation ? allocation - need : lost + Math.max(retry - need, 0));
  }
  return waste;
}

/**
 * The allocation of least expected waste. Between two points waste only rises, so the minimum lies at a
 * point; running sums make one pass over the ascending points exact.
 */
export function findLeastWaste(distribution: Distribution, terms: FailureTerms): LeastWaste {
  const { points, weights } = distribution;
  const retry = retryAt(distribution);
  let above = 0;
  let retryWaste = 0;
  for (let i = 0; i < points.length; i++) {
    above += weights[i] as number;
    retryWaste += (weights[i] as number) * Math.max(retry - (points[i] as number), 0);
  }
  let below = 0;
  let belowNeed = 0;
  let best = { allocation: points[0] as number, waste: Number.POSITIVE_INFINITY };
  for (let i = 0; i < points.length; i++) {
    const allocation = points[i] as number;
    const weight = weights[i] as number;
    below += weight;
    belowNeed += weight * allocation;
    above -= weight;
    retryWaste -= weight * Math.max(retry - allocation, 0);
    if ((points[i + 1] as number) === allocation) continue;
    const lost = terms.failedShare * allocation + terms.price;
    const failing = Math.max(above, 0) * lost + Math.max(retryWaste, 0);
    const waste = allocation * below - belowNeed + failing;
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
