import { logOf } from './measure.ts';
import { median } from './ranks.ts';

/** Two groups of needs, well apart. */
export interface TwoModes {
  readonly low: Mode;
  readonly high: Mode;
  /** Needs from here on belong to the higher mode. */
  readonly from: number;
}

interface Mode {
  readonly typical: number;
  readonly attempts: number;
}

/** A place at which values are best divided into two groups. */
export interface Split {
  /** Number of values in the first group. */
  readonly at: number;
  /** Share of the variance that the division explains. */
  readonly explained: number;
}

const FEWEST = 20;
/** A mode is more than a few odd attempts. */
const LEAST_SHARE = 0.1;
/** Closer together, one value serves both about as well. */
const LEAST_RATIO = 1.5;
/**
 * Halving a symmetric distribution of one mode explains three quarters of its variance at most: (E|X|)² / E
 * X² is 3/4 for the uniform one, and every other is a mixture of narrower ones. More than this, with a
 * sample’s error on top, is two modes.
 */
const LEAST_EXPLAINED = 0.9;

/**
 * Two modes of the need, where there are two: on the logarithm, the division that leaves least variance
 * within (Fisher, JASA 53, 1958; Otsu 1979), believed where it explains more than any single mode would.
 */
export function findTwoModes(needs: readonly number[]): TwoModes | undefined {
  const sorted = needs.toSorted((a, b) => a - b);
  if (sorted.length < FEWEST) return undefined;
  const split = bestSplit(sorted.map(logOf));
  if (split === undefined || split.explained < LEAST_EXPLAINED) return undefined;
  const [low, high] = [sorted.slice(0, split.at), sorted.slice(split.at)];
  const isRare = Math.min(low.length, high.length) < LEAST_SHARE * sorted.length;
  if (isRare || median(high) < LEAST_RATIO * median(low)) return undefined;
  return {
    low: { typical: median(low), attempts: low.length },
    high: { typical: median(high), attempts: high.length },
    from: high[0] ?? 0,
  };
}

/**
 * The division of a sequence into two that leaves least variance within, by running sums. `mayDivide` says
 * where a division is possible, the number of values before it given. `O(n)`.
 */
export function bestSplit(
  values: readonly number[],
  mayDivide: (at: number) => boolean = () => true,
): Split | undefined {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const total = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  let best: Split | undefined;
  let sum = 0;
  for (const [index, value] of values.slice(0, -1).entries()) {
    sum += value - mean;
    const at = index + 1;
    // Between the groups, since the deviations of both from the mean add up to nothing.
    const between = sum ** 2 / at + sum ** 2 / (values.length - at);
    const explained = total > 0 ? between / total : 0;
    if (explained > (best?.explained ?? 0) && mayDivide(at)) best = { at, explained };
  }
  return best;
}
