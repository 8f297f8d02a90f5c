import { findLevelShifts } from './level-shift.ts';
import type { RunLevel } from './measure.ts';
import { median } from './ranks.ts';
import { findGrowth } from './trend.ts';

/** A lasting change of the need that no change of code explains. */
export type Drift =
  | {
      /** The need moved to another level; only runs from `sinceMs` on are on it. */
      readonly kind: 'shift';
      readonly sinceMs: number;
      readonly runsSince: number;
      /** Typical need after against before: 2 is twice as much. */
      readonly ratio: number;
    }
  | {
      /** The need went up and came down again, so that it may go up once more. */
      readonly kind: 'comes-and-goes';
      readonly sinceMs: number;
      readonly ratio: number;
    }
  | {
      /** The need fell while the step was not always given the same, so that usage may have followed. */
      readonly kind: 'fell-with-request';
      readonly sinceMs: number;
      readonly ratio: number;
    }
  | {
      /** The need has grown from run to run since `sinceMs`. */
      readonly kind: 'growth';
      readonly sinceMs: number;
      /** Growth of the logarithm of the need from run to run. */
      readonly slope: number;
      readonly runs: number;
    };

/** A stretch of runs on one level. */
interface Stretch {
  readonly from: number;
  readonly level: number;
  /** Sum of the distances from the level. */
  readonly deviation: number;
}

/**
 * The newest lasting change of the level of a step’s runs, in order of their starts. Changes smaller than
 * `materialRatio` are not worth another request, and none to act on. `O(n log n)` for each level.
 */
export function findDrift(runs: readonly RunLevel[], materialRatio: number): Drift | undefined {
  const material = Math.log1p(materialRatio);
  const levels = runs.map(({ level }) => level);
  const stretches = stretchesOf(levels);
  for (const [index, { from }] of stretches.entries()) {
    const growing = levels.slice(from);
    const growth = findGrowth(growing);
    if (growth === undefined || growth.slope * growing.length <= material) continue;
    if (isStraighter(growth.deviation, stretches.slice(index), growing.length)) {
      const sinceMs = runs[from]?.startedAtMs ?? 0;
      return { kind: 'growth', sinceMs, slope: growth.slope, runs: growing.length };
    }
  }
  return newestShift(runs, stretches, material);
}

function newestShift(
  runs: readonly RunLevel[],
  stretches: readonly Stretch[],
  material: number,
): Drift | undefined {
  const newest = stretches.findLastIndex(
    ({ level }, index) => Math.abs(level - levelBefore(stretches, index, level)) > material,
  );
  const stretch = stretches[newest];
  if (stretch === undefined) return undefined;
  const before = levelBefore(stretches, newest, stretch.level);
  const facts = {
    sinceMs: runs[stretch.from]?.startedAtMs ?? 0,
    ratio: Math.exp(stretch.level - before),
  };
  // A fall after a rise is no news of a lower need: what came once may come again.
  const rose = stretches.slice(0, newest).some(({ level }) => level < before - material);
  return stretch.level < before && rose
    ? { kind: 'comes-and-goes', ...facts }
    : { kind: 'shift', ...facts, runsSince: runs.length - stretch.from };
}

function levelBefore(stretches: readonly Stretch[], index: number, otherwise: number): number {
  return stretches[index - 1]?.level ?? otherwise;
}

function stretchesOf(levels: readonly number[]): Stretch[] {
  const starts = [0, ...findLevelShifts(levels)];
  return starts.map((from, index) => {
    const stretch = levels.slice(from, starts[index + 1]);
    const level = median(stretch);
    const deviation = stretch.reduce((sum, one) => sum + Math.abs(one - level), 0);
    return { from, level, deviation };
  });
}

/** Distances smaller than this are rounding. */
const LEAST_DEVIATION = 1e-9;

/**
 * True where a line describes the runs better than levels do, by Schwarz’s criterion (Annals of Statistics
 * 6, 1978) with Laplace’s distribution of errors, so that one odd run does not decide it. A line has two
 * parameters; each level has one, and each place of a change.
 */
function isStraighter(
  lineDeviation: number,
  stretches: readonly Stretch[],
  count: number,
): boolean {
  function criterion(deviation: number, parameters: number): number {
    const mean = Math.max(deviation / count, LEAST_DEVIATION);
    return 2 * count * Math.log(mean) + parameters * Math.log(count);
  }
  const levelDeviation = stretches.reduce((sum, { deviation }) => sum + deviation, 0);
  return criterion(lineDeviation, 2) < criterion(levelDeviation, 2 * stretches.length - 1);
}
