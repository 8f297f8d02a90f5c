import type { MemoryObservation } from '../memory-observation.ts';
import { failureUpperBound } from './failure-bound.ts';
import { MIN_SURPRISES, surpriseShare } from './surprise-tail.ts';

/** How sure a step's memory has to be before it is suggested. */
export interface RiskBudget {
  /** Accepted share of first attempts that run out of memory, above 0 to 1. */
  readonly riskRatio: number;
  /** Of the bound on that share, below 1. */
  readonly confidence: number;
  /**
   * How fast needs beyond the largest seen are supposed to thin out: of the attempts above it, at most
   * `c^−tailIndex` need more than `c` times it. 0 supposes nothing.
   */
  readonly tailIndex: number;
  /** True: not one attempt of the history may have failed, whatever the share. */
  readonly noRetry: boolean;
  /** How far the project's steps have gone beyond their largest needs, ascending ratios above 1. */
  readonly surprises?: readonly number[];
}

/** What a step's attempts prove about one value. */
export interface ExceedanceBound {
  /** Attempts that would have failed (k). */
  readonly failures: number;
  /** Attempts it rests on (n). */
  readonly attempts: number;
  /** Share of coming first attempts that fail is at most this. */
  readonly upperBound: number;
  /** The same without supposing anything about needs that were never seen. */
  readonly distributionFreeBound: number;
}

/** A step's needs, summed up once for any number of questions. */
export interface Exceedance {
  readonly at: (memoryMiB: number) => ExceedanceBound;
  /** Least memory whose bound is within the budget, MiB; infinite where no value is proven. */
  readonly provenMiB: () => number;
  /**
   * More attempts, none of them failing and none above what was seen, until `memoryMiB` is proven;
   * infinite where none would do.
   */
  readonly attemptsMissing: (memoryMiB: number) => number;
}

const MOST_ATTEMPTS = 2 ** 24;
/** Closer than this is closer than any grid. */
const RATIO_PRECISION = 1 + 1e-4;

/**
 * Bounds the share of coming attempts that need more than a value.
 *
 * Up to the largest need seen it is the Clopper–Pearson bound on k of n. Raising a value further cannot
 * lower that bound, however far, so beyond it the budget's tail index says how fast the rest thins out:
 *
 * `bound(a) = ClopperPearson(k, n) · (a / largest)^−tailIndex`  for a ≥ largest
 *
 * the tail of a peaks-over-threshold model (Pickands 1975) with the largest need as the threshold and a
 * Pareto index that is given, not fitted: a handful of excesses cannot fit one. Where the project's steps
 * have surprised often enough, how far they went takes its place where it is lower; the two bounds that
 * are then multiplied each get half of the error that the confidence leaves (Bonferroni).
 *
 * Attempts that ended early and stayed below a value prove nothing and are not among the n. Attempts that
 * ran out of memory, their need never seen, count as failed at every value.
 */
export function exceedance(
  observations: readonly MemoryObservation[],
  budget: RiskBudget,
): Exceedance {
  const exact = sortedDescending(observations, 'exact');
  const early = sortedDescending(observations, 'at-least');
  const unknown = sortedDescending(observations, 'above');
  const largestMiB = Math.max(exact[0] ?? 0, early[0] ?? 0, unknown[0] ?? 0);
  const { surprises = [] } = budget;
  const isLearnt = budget.tailIndex > 0 && surprises.length >= MIN_SURPRISES;
  const confidence = isLearnt ? 1 - (1 - budget.confidence) / 2 : budget.confidence;

  function tailShare(memoryMiB: number): number {
    const ratio = memoryMiB / largestMiB;
    if (!(ratio > 1)) return 1;
    const { tailIndex } = budget;
    const supposed = ratio ** -tailIndex;
    if (!isLearnt) return supposed;
    return Math.min(supposed, surpriseShare(surprises, ratio, { confidence, tailIndex }));
  }

  function at(memoryMiB: number): ExceedanceBound {
    const earlyFailures = countAbove(early, memoryMiB);
    const failures = countAbove(exact, memoryMiB) + earlyFailures + unknown.length;
    const attempts = exact.length + earlyFailures + unknown.length;
    return {
      failures,
      attempts,
      upperBound: failureUpperBound(failures, attempts, confidence) * tailShare(memoryMiB),
      distributionFreeBound: failureUpperBound(failures, attempts, budget.confidence),
    };
  }

  function provenMiB(): number {
    // Failures only grow as values fall: the first that is not within the budget ends the search.
    let proven = Number.POSITIVE_INFINITY;
    for (const value of candidates(observations, budget.noRetry ? largestMiB : 0)) {
      if (at(value).upperBound > budget.riskRatio) break;
      proven = value;
    }
    const isHopeless = budget.tailIndex === 0 || observations.length === 0;
    return proven !== Number.POSITIVE_INFINITY || isHopeless ? proven : beyondLargest();
  }

  /** Where the tail alone brings the bound down to the budget; the supposed tail says where at the latest. */
  function beyondLargest(): number {
    const latest = (at(largestMiB).upperBound / budget.riskRatio) ** (1 / budget.tailIndex);
    let low = 1;
    let high = latest;
    while (isLearnt && high / low > RATIO_PRECISION) {
      const middle = Math.sqrt(low * high);
      if (at(largestMiB * middle).upperBound <= budget.riskRatio) high = middle;
      else low = middle;
    }
    return largestMiB * high;
  }

  function attemptsMissing(memoryMiB: number): number {
    const { failures, attempts } = at(memoryMiB);
    if (budget.noRetry && failures > unknown.length) return Number.POSITIVE_INFINITY;
    const allowed = budget.riskRatio / tailShare(memoryMiB);
    return leastAttempts(failures, attempts, allowed, confidence) - attempts;
  }

  return { at, provenMiB, attemptsMissing };
}

/** Least number of attempts, `known` or more, of which `failures` failed, that prove `allowed`. */
function leastAttempts(
  failures: number,
  known: number,
  allowed: number,
  confidence: number,
): number {
  if (allowed >= 1) return known;
  let high = Math.max(1, known);
  while (failureUpperBound(failures, high, confidence) > allowed) {
    if (high > MOST_ATTEMPTS) return Number.POSITIVE_INFINITY;
    high *= 2;
  }
  let low = known;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (failureUpperBound(failures, middle, confidence) <= allowed) high = middle;
    else low = middle + 1;
  }
  return high;
}

/** The needs that a bound changes at, each once, from the largest of all down to `leastMiB`. */
function* candidates(
  observations: readonly MemoryObservation[],
  leastMiB: number,
): Generator<number> {
  let previous = Number.POSITIVE_INFINITY;
  for (const value of sortedDescending(observations)) {
    if (value < leastMiB) return;
    if (value < previous) yield value;
    previous = value;
  }
}

/** The needs of one kind, or of all. Typed, since it sorts a million numbers several times as fast. */
function sortedDescending(
  observations: readonly MemoryObservation[],
  kind?: MemoryObservation['knowledge'],
): Float64Array {
  const needs = new Float64Array(observations.length);
  let count = 0;
  for (const { knowledge, needMiB } of observations) {
    if (kind !== undefined && knowledge !== kind) continue;
    needs[count] = needMiB;
    count += 1;
  }
  return needs.subarray(0, count).sort().reverse();
}

/** Number of values above `limit`, of values sorted from the largest down. */
function countAbove(sorted: Float64Array, limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) > limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
