import { leastRankSumTail, rankSumTail } from './rank-sum.ts';
import { quantileOfT, tailOfT } from './student-t.ts';

/** What a comparison looks for, and how sure it wants to be. */
export interface Sensitivity {
  /** Growth below this share is not worth a word, 0.05 = 5 %: the test is against it, not against none. */
  readonly marginRatio: number;
  /** Growth that should be seen, for the statement of power: 0.1 = 10 %. */
  readonly seeRatio: number;
  /** Chance that anything at all is said of two samples that do not differ, over all tests together. */
  readonly familyError: number;
}

/**
 * One run of CI says `regression` for a branch that nobody merges until it is looked at: one wrong word in a
 * hundred branches is what people put up with. 5 % is below what people change a request for, 10 % is the
 * least that suggestions change (`toleranceRatio`).
 */
export const DEFAULT_SENSITIVITY: Sensitivity = {
  marginRatio: 0.05,
  seeRatio: 0.1,
  familyError: 0.01,
};

/** Four times in five, as power is usually stated. */
const POWER = 0.8;
/** The least spread of logarithms believed, 1 %: peaks of three runs can be the same to the page. */
const LEAST_DEVIATION = 0.01;
/**
 * Ranks alone have to say it too: no supposition about how values spread can make a flag by itself. So it
 * takes two runs of a branch beside 13 of its base, or three beside seven: one run is an anecdote.
 */
const RANK_LEVEL = 0.01;
/** Nobody runs a branch more often to learn about it. */
const MOST_RUNS = 200;

/** Values of one figure, one for each run, all above zero. */
export interface Samples {
  readonly base: readonly number[];
  readonly head: readonly number[];
}

/**
 * The chance of `head` being so far above `base` times `1 + marginRatio` if it were one sample with it:
 * Student’s t of the logarithms, one spread for both, since two samples of one distribution have one. 1 where
 * ranks do not say so as well, or where there are too few runs for either.
 */
export function growthTail({ base, head }: Samples, marginRatio: number): number {
  const deviation = deviationOf(base, head);
  if (deviation === undefined || head.length === 0) return 1;
  const shift = mean(logs(head)) - mean(logs(base)) - Math.log1p(marginRatio);
  const error = deviation * Math.sqrt(1 / base.length + 1 / head.length);
  const tail = tailOfT(shift / error, base.length + head.length - 2);
  // Counting ranks takes longer, and matters only for what would be flagged.
  return tail < RANK_LEVEL && rankSumTail(base, head) > RANK_LEVEL ? 1 : tail;
}

/** What these samples could have shown. */
export interface Power {
  /** The growth that would have been seen four times in five; absent where none would. */
  readonly seesRatio?: number;
  /** Runs of the head that are still needed to see `seeRatio` as surely; 0 where there are enough. */
  readonly moreRuns?: number;
}

/**
 * The power of {@link growthTail} at a level, by the spread seen: Student’s quantiles stand in for the
 * noncentral distribution, which is close where power is 0.8 (Lachin 1981).
 */
export function powerOf(
  { base, head }: Samples,
  level: number,
  { marginRatio, seeRatio }: Sensitivity,
): Power {
  const deviation = deviationOf(base, head);
  if (deviation === undefined) return {};
  function sees(headCount: number): number | undefined {
    const freedom = base.length + headCount - 2;
    if (freedom < 1 || leastRankSumTail(base.length, headCount) > RANK_LEVEL) return undefined;
    const error = (deviation ?? 0) * Math.sqrt(1 / base.length + 1 / headCount);
    const shift = (quantileOfT(level, freedom) + quantileOfT(1 - POWER, freedom)) * error;
    return (1 + marginRatio) * Math.exp(shift) - 1;
  }
  const now = sees(head.length);
  const needed = runsToSee(sees, head.length, seeRatio);
  return {
    ...(now === undefined ? {} : { seesRatio: now }),
    ...(needed === undefined ? {} : { moreRuns: needed - head.length }),
  };
}

/** Each further run lets see less, so the fewest that are enough are found by halving. */
function runsToSee(
  sees: (headCount: number) => number | undefined,
  from: number,
  seeRatio: number,
): number | undefined {
  function isEnough(count: number): boolean {
    return (sees(count) ?? Number.POSITIVE_INFINITY) <= seeRatio;
  }
  let low = Math.max(1, from);
  let high = MOST_RUNS;
  if (isEnough(low)) return low;
  if (!isEnough(high)) return undefined;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** One spread for both, around their own means. */
function deviationOf(base: readonly number[], head: readonly number[]): number | undefined {
  const freedom = base.length + head.length - 2;
  if (base.length === 0 || freedom < 1) return undefined;
  const squares = [base, head].reduce(
    (sum, values) => sum + variance(logs(values)) * Math.max(0, values.length - 1),
    0,
  );
  return Math.max(LEAST_DEVIATION, Math.sqrt(squares / freedom));
}

function logs(values: readonly number[]): number[] {
  return values.map(Math.log);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Unbiased; 0 of fewer than two. */
function variance(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}
