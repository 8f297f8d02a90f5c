import { median, rankCorrelation } from './ranks.ts';

/** A level that grows from run to run. */
export interface Trend {
  /** Growth of the logarithm from one value to the next. */
  readonly slope: number;
  /** Sum of the distances from the line. */
  readonly deviation: number;
}

/**
 * A trend is believed beyond this many standard deviations of the rank correlation with time. Simulated as
 * for a shift of the level: of stationary sequences looked at after each value, fewer than 1 % ever show
 * one within 500 values. A steady growth takes 17 values.
 */
const ALARM_SCORE = 4;

/**
 * Growth of a sequence, if it grows: Spearman’s rank correlation with time, whose variance is 1 / (n − 1)
 * without a trend (Daniels, "Rank correlation and population models", JRSS B 12, 1950). The slope is the
 * median of the slopes between values half the sequence apart (Theil’s incomplete method, 1950): one odd
 * run does not move it. `O(n log n)`.
 */
export function findGrowth(levels: readonly number[]): Trend | undefined {
  const count = levels.length;
  const correlation = rankCorrelation(
    levels.map((_, index) => index),
    levels,
  );
  if (count < 2 || correlation * Math.sqrt(count - 1) < ALARM_SCORE) return undefined;
  const half = Math.ceil(count / 2);
  const slope = median(
    levels.slice(half).map((level, index) => (level - (levels[index] ?? level)) / half),
  );
  const offset = median(levels.map((level, index) => level - slope * index));
  const deviation = levels.reduce(
    (sum, level, index) => sum + Math.abs(level - offset - slope * index),
    0,
  );
  return { slope, deviation };
}
