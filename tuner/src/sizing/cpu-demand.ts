import {
  type CpuCurve,
  cpuCurve,
  saturatedShare,
  slowAttemptStretch,
  slowerOf,
  wantedUsages,
} from '../replay/cpu-curve.ts';
import { type CpuShortage, cpuShortage } from '../replay/cpu-shortage.ts';
import type { CpuUsage } from './cpu-usage.ts';

/** What a step's attempts would have done with other cores, as far as the measurements can tell. */
export interface CpuDemand {
  /** Running time over all attempts together. */
  readonly curve: CpuCurve;
  /** Stretch that 95 of 100 attempts stay within. */
  readonly slowStretch: (cpuCores: number) => number;
  /** Share of the time in which more may have been wanted than the measurements show. */
  readonly hiddenShare: number;
  /** Share of the time threads could have run in which they waited for a core, where it was measured. */
  readonly waitShare?: number;
  /** What more cores than now might bring. */
  readonly shortage: CpuShortage;
}

/**
 * Cores wanted, not only used, where the attempts measured how long their threads waited for a core: then
 * nothing is hidden. Elsewhere time at all the cores there were hides what more of them would have done.
 */
export function cpuDemand(usages: readonly CpuUsage[], currentCores: number): CpuDemand {
  const used = cpuCurve(usages);
  const wanted = wantedUsages(usages, currentCores);
  const shortage = cpuShortage(usages, currentCores);
  if (wanted === undefined) {
    return {
      curve: used,
      slowStretch: (cpuCores) => slowAttemptStretch(usages, cpuCores),
      hiddenShare: saturatedShare(usages),
      shortage,
    };
  }
  return {
    curve: slowerOf(used, cpuCurve(wanted)),
    slowStretch: (cpuCores) =>
      Math.max(slowAttemptStretch(usages, cpuCores), slowAttemptStretch(wanted, cpuCores)),
    hiddenShare: 0,
    waitShare: waitShareOf(usages),
    shortage,
  };
}

/** Weighted by running time. */
function waitShareOf(usages: readonly CpuUsage[]): number {
  const seconds = usages.reduce((sum, usage) => sum + usage.seconds, 0);
  const waited = usages.reduce((sum, usage) => sum + (usage.waitShare ?? 0) * usage.seconds, 0);
  return seconds > 0 ? waited / seconds : 0;
}
