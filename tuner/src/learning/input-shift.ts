import { logOf, type Measure, runLevels } from './measure.ts';
import { median, rank, rankCorrelation, rankSumScore } from './ranks.ts';
import { numericFeatures } from './unexplained-association.ts';

/** A numeric feature that moved when the need did, and accounts for it. */
export interface InputShift {
  readonly feature: string;
  /** Typical value after against before. */
  readonly ratio: number;
}

/** A measure of the need with what was known of its attempt before. */
export interface FeaturedMeasure extends Measure {
  readonly features: Readonly<Record<string, number | string | boolean>>;
}

/** The two-sided 1 % point of the normal distribution. */
const SCORE = 2.576;
/** Of the shift of the need, what may be left for it to be one of the input. */
const MOST_LEFT = 0.25;

/**
 * The feature by which a shift of the need is one of the input, where there is one: it moved at the same
 * time (rank sum, 1 %), the same way, and it accounts for three quarters of the shift at least. Elsewhere,
 * the need of equal inputs has changed. How the need depends on the feature is taken from the runs before: the slope
 * of the logarithms where they are associated (Spearman, 1 %), else in proportion. `O(n log n)` a feature.
 */
export function explainShift(
  measures: readonly FeaturedMeasure[],
  sinceMs: number,
): InputShift | undefined {
  const ofRun = Map.groupBy(
    measures.filter(({ isExact }) => isExact),
    ({ run }) => run,
  );
  const runs = runLevels(measures).map(({ run, startedAtMs, level }) => ({
    isAfter: startedAtMs >= sinceMs,
    level,
    features: numericFeatures(ofRun.get(run) ?? []),
  }));
  const levels = runs.map(({ isAfter, level }) => ({ isAfter, value: level }));
  const need = shiftScore(levels);
  for (const name of [...(runs[0]?.features.keys() ?? [])].toSorted()) {
    const known = runs.flatMap(({ isAfter, level, features }) => {
      const value = features.get(name) ?? 0;
      return value > 0 ? [{ isAfter, level, log: logOf(value) }] : [];
    });
    if (known.length < runs.length) continue;
    const slope = slopeBefore(known.filter(({ isAfter }) => !isAfter));
    const input = shiftScore(known.map((run) => ({ ...run, value: run.log })));
    const rest = moveOf(known.map((run) => ({ ...run, value: run.level - slope * run.log })));
    const hasMoved = Math.min(input * Math.sign(need), Math.abs(need)) >= SCORE;
    const isExplained =
      hasMoved && slope > 0 && Math.abs(rest) <= MOST_LEFT * Math.abs(moveOf(levels));
    if (isExplained) return { feature: name, ratio: inputRatio(known) };
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

interface Sided {
  readonly isAfter: boolean;
  readonly value: number;
}

/** Normal deviations by which values after lie above those before. */
function shiftScore(runs: readonly Sided[]): number {
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

function inputRatio(runs: readonly KnownRun[]): number {
  return Math.exp(moveOf(runs.map(({ isAfter, log }) => ({ isAfter, value: log }))));
}

/** Median after less median before. */
function moveOf(runs: readonly Sided[]): number {
  const [after, before] = [true, false].map((side) =>
    median(runs.filter(({ isAfter }) => isAfter === side).map(({ value }) => value)),
  ) as [number, number];
  return after - before;
}
