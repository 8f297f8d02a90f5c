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
  /** Share of the time threads could have run in which their own CPU limit held them back, where measured. */
  readonly throttledShare?: number;
  /** What more cores than now might bring. */
  readonly shortage: CpuShortage;
}

/**
 * Cores wanted, not only used, where the attempts measured how long their threads waited for a core: then
 * nothing is hidden. Where only what their CPU limit held back is known, that was wanted too, but time at all
 * the cores there were still hides what others' work took; as it does where nothing was measured.
 */
export function cpuDemand(usages: readonly CpuUsage[], currentCores: number): CpuDemand {
  const used = cpuCurve(usages);
  const wanted = wantedUsages(usages, currentCores);
  const shortage = cpuShortage(usages, currentCores);
  const waitShare = meanShare(usages, ({ waitShare: share }) => share);
  const throttledShare = meanShare(usages, ({ throttledShare: share }) => share);
  return {
    curve: wanted === undefined ? used : slowerOf(used, cpuCurve(wanted)),
    slowStretch: (cpuCores) =>
      Math.max(
        slowAttemptStretch(usages, cpuCores),
        wanted === undefined ? 1 : slowAttemptStretch(wanted, cpuCores),
      ),
    hiddenShare: waitShare === undefined ? saturatedShare(usages) : 0,
    ...(waitShare === undefined ? {} : { waitShare }),
    ...(throttledShare === undefined ? {} : { throttledShare }),
    shortage,
  };
}

/** Weighted by running time; undefined where an attempt did not measure it. */
function meanShare(
  usages: readonly CpuUsage[],
  shareOf: (usage: CpuUsage) => number | undefined,
): number | undefined {
  const seconds = usages.reduce((sum, usage) => sum + usage.seconds, 0);
  let total = 0;
  for (const usage of usages) {
    const share = shareOf(usage);
    if (share === undefined) return undefined;
    total += share * usage.seconds;
  }
  return seconds > 0 ? total / seconds : 0;
}
