import type { CpuLevel, CpuUsage } from '../sizing/cpu-usage.ts';
import { SATURATION_RATIO } from './cpu-curve.ts';

/** Where a step used every core it had and would have used more. */
export interface CpuShortage {
  /** Share of the running time in which it did. */
  readonly shortShare: number;
  /** False where it is known only that all cores were busy, not how many more were wanted. */
  readonly isMeasured: boolean;
  /** The most cores wanted at a time; infinite where that was not measured. */
  readonly mostCores: number;
  /**
   * Running time at best with `cpuCores`, no fewer than now, against the time measured: 0.8 is 20 %
   * shorter. Whatever the work is like, it cannot be shorter than that.
   */
  readonly bestRatio: (cpuCores: number) => number;
}

/** Cores used and wanted at the same time. */
interface Demand {
  readonly used: number;
  readonly wanted: number;
  readonly seconds: number;
}

/**
 * How much faster a step could be with more cores than `currentCores`: over the time `dt` in which it used
 * all of them (95 %) and wanted `w`,
 *
 * `Σ dt·u/min(w, c) / Σ dt`
 *
 * with 1 for the rest of the time. Levels of cores used and wanted are stored without their order, so the
 * busiest time is taken for the most wanting. Of all orders that agree with the levels, that makes the sum
 * least (`u/min(w, c)` is submodular), hence “at best”. Where waiting was not measured, `w` has no bound if
 * all the cores that the attempt could have had were busy, and is `u` if it could have had more. A CPU limit
 * holds back bursts shorter than a sampling interval too, so all that a throttled attempt wanted counts.
 */
export function cpuShortage(usages: readonly CpuUsage[], currentCores: number): CpuShortage {
  const short = usages.flatMap((usage) => shortDemands(usage, currentCores));
  const seconds = usages.reduce((sum, usage) => sum + usage.seconds, 0);
  const shortSeconds = short.reduce((sum, demand) => sum + demand.seconds, 0);
  return {
    shortShare: seconds > 0 ? shortSeconds / seconds : 0,
    isMeasured: short.every(({ wanted }) => Number.isFinite(wanted)),
    mostCores: Math.max(currentCores, ...short.map(({ wanted }) => wanted)),
    bestRatio(cpuCores) {
      if (seconds === 0) return 1;
      const saved = short.reduce(
        (sum, { used, wanted, seconds: dt }) =>
          sum + dt * Math.max(0, 1 - used / Math.min(wanted, cpuCores)),
        0,
      );
      return 1 - saved / seconds;
    },
  };
}

function shortDemands(usage: CpuUsage, currentCores: number): Demand[] {
  const { levels, wantedLevels, availableCores = Number.POSITIVE_INFINITY } = usage;
  const enough = isHeldByLimit(usage)
    ? 0
    : SATURATION_RATIO * Math.min(currentCores, availableCores);
  const demands =
    wantedLevels === undefined
      ? levels.map(({ cores, seconds }) => ({
          used: cores,
          wanted: cores >= SATURATION_RATIO * availableCores ? Number.POSITIVE_INFINITY : cores,
          seconds,
        }))
      : inOrder(levels, wantedLevels);
  return demands.filter(({ used, wanted }) => used >= enough && wanted > used);
}

/** Most of what it waited for, it waited for its own limit and not for others' work. */
function isHeldByLimit({ throttledShare = 0, waitShare = throttledShare }: CpuUsage): boolean {
  return throttledShare > 0 && throttledShare >= waitShare / 2;
}

/** Pairs two profiles of the same time by rank: the busiest moment with the most wanting. */
function inOrder(used: readonly CpuLevel[], wanted: readonly CpuLevel[]): Demand[] {
  const usedEnds = endsOf(used);
  const wantedEnds = endsOf(wanted);
  const seconds = used.reduce((sum, level) => sum + level.seconds, 0);
  const cuts = [...new Set([...usedEnds, ...wantedEnds])].toSorted((a, b) => a - b);
  return cuts.map((cut, index) => {
    const cores = used[usedEnds.findIndex((end) => end >= cut)]?.cores ?? 0;
    const wish = wanted[wantedEnds.findIndex((end) => end >= cut)]?.cores ?? cores;
    return {
      used: cores,
      wanted: Math.max(cores, wish),
      seconds: seconds * (cut - (cuts[index - 1] ?? 0)),
    };
  });
}

/** Where each level ends, as a share of the whole time. */
function endsOf(levels: readonly CpuLevel[]): number[] {
  const seconds = levels.reduce((sum, level) => sum + level.seconds, 0);
  let end = 0;
  return levels.map((level, index) => {
    end += level.seconds;
    // Exactly 1, so that two profiles end together whatever the sums are rounded to.
    return index === levels.length - 1 ? 1 : Math.min(1, end / seconds);
  });
}
