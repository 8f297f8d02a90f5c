import { logOf } from './measure.ts';
import { median, rank, rankCorrelation, rankSumScore } from './ranks.ts';

/** A numeric feature that moved when the need did, and accounts for it. */
export interface InputShift {
  readonly feature: string;
  /** Typical value after against before. */
  readonly ratio: number;
}

/** One run before or after a shift of the need. */
export interface ShiftedRun {
  readonly isAfter: boolean;
  /** Logarithm of the need. */
  readonly level: number;
  /** Numeric features of its attempts, medians. */
  readonly features: ReadonlyMap<string, number>;
}

/** The two-sided 1 % point of the normal distribution. */
const SCORE = 2.576;

/**
 * The feature by which a shift of the need is one of the input, where there is one: it moved at the same
 * time (rank sum, 1 %), the same way, and what it leaves of the need did not (1 %). Elsewhere, the need of
 * equal inputs has changed. How the need depends on the feature is taken from the runs before: the slope
 * of the logarithms where they are associated (Spearman, 1 %), else in proportion. `O(n log n)` a feature.
 */
export function explainShift(runs: readonly ShiftedRun[]): InputShift | undefined {
  const names = new Set(runs.flatMap(({ features }) => [...features.keys()]));
  for (const name of [...names].toSorted()) {
    const known = runs.flatMap(({ isAfter, level, features }) => {
      const value = features.get(name);
      return value === undefined || value <= 0 ? [] : [{ isAfter, level, log: logOf(value) }];
    });
    if (known.length < runs.length) continue;
    const slope = slopeBefore(known.filter(({ isAfter }) => !isAfter));
    const input = shiftScore(known.map((run) => ({ ...run, value: run.log })));
    const need = shiftScore(known.map((run) => ({ ...run, value: run.level })));
    const rest = shiftScore(known.map((run) => ({ ...run, value: run.level - slope * run.log })));
    if (slope > 0 && Math.min(input * Math.sign(need), Math.abs(need)) >= SCORE) {
      if (Math.abs(rest) < SCORE) return { feature: name, ratio: ratioOf(known) };
    }
  }
  return undefined;
}

interface KnownRun {
  readonly isAfter: boolean;
  readonly level: number;
  readonly log: number;
}

/** Growth of the need in per cent for 1 % of the feature, by least squares; 1 where none shows. */
function slopeBefore(runs: readonly KnownRun[]): number {
  const xs = runs.map(({ log }) => log);
  const ys = runs.map(({ level }) => level);
  if (Math.abs(rankCorrelation(xs, ys)) * Math.sqrt(runs.length - 1) < SCORE) return 1;
  const [meanX, meanY] = [xs, ys].map(
    (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  ) as [number, number];
  let products = 0;
  let squares = 0;
  for (const { log, level } of runs) {
    products += (log - meanX) * (level - meanY);
    squares += (log - meanX) ** 2;
  }
  return products / squares;
}

/** Normal deviations by which values after lie above those before. */
function shiftScore(
  runs: readonly { readonly isAfter: boolean; readonly value: number }[],
): number {
  const { ranks, spread } = rank(runs.map(({ value }) => value));
  let rankSum = 0;
  let count = 0;
  for (const [index, { isAfter }] of runs.entries()) {
    if (!isAfter) continue;
    rankSum += ranks[index] ?? 0;
    count += 1;
  }
  return rankSumScore(rankSum, count, runs.length, spread);
}

function ratioOf(runs: readonly KnownRun[]): number {
  const [after, before] = [true, false].map((side) =>
    median(runs.filter(({ isAfter }) => isAfter === side).map(({ log }) => log)),
  ) as [number, number];
  return Math.exp(after - before);
}
