import type { CpuUsage } from '../sizing/cpu-usage.ts';

/** The scheduler's own work keeps a busy machine a little below all of its cores. */
export const SATURATION_RATIO = 0.95;

/** Answers in logarithmic time how long a step's attempts would have run with other cores. */
export interface CpuCurve {
  /** Seconds measured. */
  readonly seconds: number;
  /** Running time at `cpuCores` against the time measured; 1 where the cores suffice. */
  readonly stretchRatio: (cpuCores: number) => number;
}

/**
 * Stretch of the running time under `c` cores, for work that is conserved:
 *
 * `Σ dt·max(1, u/c) / Σ dt`
 *
 * over the time `dt` spent at each level `u` of cores used. Levels are averages over a sampling interval,
 * so bursts shorter than that are flattened, and waiting for a core does not show in them: `wantedUsages`.
 */
export function cpuCurve(usages: readonly CpuUsage[]): CpuCurve {
  const levels = usages.flatMap((usage) => usage.levels).toSorted((a, b) => a.cores - b.cores);
  const seconds = levels.reduce((sum, level) => sum + level.seconds, 0);
  // coreSecondsAbove[i] and secondsAbove[i] sum over the levels from i upwards.
  const coreSecondsAbove = new Float64Array(levels.length + 1);
  const secondsAbove = new Float64Array(levels.length + 1);
  for (let index = levels.length - 1; index >= 0; index -= 1) {
    const level = levels[index] ?? { cores: 0, seconds: 0 };
    coreSecondsAbove[index] = (coreSecondsAbove[index + 1] ?? 0) + level.cores * level.seconds;
    secondsAbove[index] = (secondsAbove[index + 1] ?? 0) + level.seconds;
  }

  /** Index of the first level above `cpuCores`. */
  function firstAbove(cpuCores: number): number {
    let low = 0;
    let high = levels.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((levels[middle]?.cores ?? 0) > cpuCores) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  return {
    seconds,
    stretchRatio(cpuCores) {
      if (seconds === 0) return 1;
      const index = firstAbove(cpuCores);
      const stretched = (coreSecondsAbove[index] ?? 0) / cpuCores - (secondsAbove[index] ?? 0);
      return 1 + Math.max(0, stretched) / seconds;
    },
  };
}

/**
 * The same attempts by the cores they wanted, used or waited for, as far as `currentCores` go; undefined
 * where an attempt did not measure its waiting.
 *
 * Where other work had the cores, usage alone would make a parallel step look serial. What was wanted beyond
 * the current request is cut off: a thread pool wants as many cores as it has threads, which is no reason
 * to give it more.
 */
export function wantedUsages(
  usages: readonly CpuUsage[],
  currentCores: number,
): readonly CpuUsage[] | undefined {
  const wanted: CpuUsage[] = [];
  for (const usage of usages) {
    if (usage.wantedLevels === undefined) return undefined;
    const levels = usage.wantedLevels.map(({ cores, seconds }) => ({
      cores: Math.min(cores, currentCores),
      seconds,
    }));
    wanted.push({ ...usage, levels });
  }
  return wanted;
}

/** The slower of two curves at each count of cores. */
export function slowerOf(a: CpuCurve, b: CpuCurve): CpuCurve {
  return {
    seconds: a.seconds,
    stretchRatio: (cpuCores) => Math.max(a.stretchRatio(cpuCores), b.stretchRatio(cpuCores)),
  };
}

/** Stretch that 95 of 100 attempts stay within at `cpuCores`; of fewer than 20 attempts, the largest. */
export function slowAttemptStretch(usages: readonly CpuUsage[], cpuCores: number): number {
  const stretches = usages
    .map((usage) => {
      const added = usage.levels.reduce(
        (sum, level) => sum + level.seconds * Math.max(0, level.cores / cpuCores - 1),
        0,
      );
      return 1 + added / usage.seconds;
    })
    .toSorted((a, b) => a - b);
  return stretches[Math.ceil(0.95 * stretches.length) - 1] ?? 1;
}

/** Share of the measured time in which an attempt used all cores it could have had. */
export function saturatedShare(usages: readonly CpuUsage[]): number {
  let seconds = 0;
  let saturated = 0;
  for (const usage of usages) {
    seconds += usage.seconds;
    if (usage.availableCores === undefined) continue;
    for (const level of usage.levels) {
      if (level.cores >= SATURATION_RATIO * usage.availableCores) saturated += level.seconds;
    }
  }
  return seconds === 0 ? 0 : saturated / seconds;
}
